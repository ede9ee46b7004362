import Foundation

/// Secrets that a service manager hands over as files, in the place of variables of the environment.
///
/// systemd's `LoadCredential=trawl:DIRECTORY` gives every file there the name `trawl_FILE`, in a directory that the
/// service's user alone can read and that never reaches a disk.
enum ServiceCredentials {
    static let variable = EnvironmentVariable.credentialsFolder.rawValue
    static let dashboardToken = EnvironmentVariable.dashboardToken.rawValue

    /// What may come in a file of its name.
    static let names = [
        APIOptions.idVariable, APIOptions.secretVariable, APIOptions.tokenVariable, RedisArguments.variable,
        dashboardToken,
    ]

    /// The environment with what is in the files and not in it. An empty variable or file counts as not there, and one
    /// that cannot be read is reported where it is needed.
    static func adding(to environment: [String: String]) -> [String: String] {
        guard let directory = environment[variable], directory.hasPrefix("/") else { return environment }
        var environment = environment
        for name in names where (environment[name] ?? "").isEmpty {
            for file in ["trawl_" + name, name] {
                guard let data = try? Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(file)")) else { continue }
                // As `--secret-file`: white space around it is the editor's.
                let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
                if !text.isEmpty { environment[name] = text }
            }
        }
        return environment
    }
}
