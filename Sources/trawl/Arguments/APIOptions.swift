import Foundation
import HTTP
import TrawlCore
import TrawlQueue
import TrawlSource
import TrawlStore

/// Where the API is, and who asks.
struct APISettings: Sendable {
    let apiURL: String
    let loginURL: String
    let credentials: Credentials
    var authorities = TrustedAuthorities()

    /// One limiter for each credential: the quota is counted by client. A hash, because names are visible in Redis.
    var limiterName: String {
        let identity: String
        switch credentials {
        case .client(let id, _): identity = "\(loginURL) \(id)"
        case .token(let token): identity = "\(apiURL) \(token.exposed)"
        }
        return String(sha256(of: identity).prefix(16))
    }
}

enum APIOptions {
    static let idVariable = EnvironmentVariable.clientID.rawValue
    static let secretVariable = EnvironmentVariable.clientSecret.rawValue
    static let tokenVariable = EnvironmentVariable.accessToken.rawValue
    static let regionVariable = EnvironmentVariable.region.rawValue

    static let options = [
        OptionSpec(
            "--region", "NAME", "AWS region or domain of the organisation, such as eu-central-1 (\(regionVariable))",
            takes: .words(GenesysRegion.all.map { ValueKind.Word($0.name, $0.domain) })),
        OptionSpec("--api-url", "URL", "the API's address, instead of the region's"),
        OptionSpec("--login-url", "URL", "the login server's address, instead of the region's"),
        OptionSpec(
            "--secret-file", "FILE",
            "read the client secret there ('-' is standard input) instead of \(secretVariable)",
            takes: .file),
        OptionSpec(
            "--insecure-http", nil,
            "allow http:// to a host that is not this machine: credentials and conversations go out unencrypted"),
        OptionSpec(
            "--rate", "N/TIME", "the quota: requests per time (default 300/60s), or none",
            takes: .words([
                ValueKind.Word("300/60s", "what Genesys Cloud allows a client"), ValueKind.Word("none", "no limit"),
            ])),
        OptionSpec("--slots", "N", "shards one worker fetches at the same time (default 8)"),
        OptionSpec(
            "--job-timeout", "TIME",
            "give up a details job that is not done after this long, and submit another (default 30m)"),
        OptionSpec("--max-requests", "N", "stop (exit 6) before the run makes more API requests than this"),
    ]

    static let note =
        "Credentials come from the environment: \(idVariable) and \(secretVariable), or \(tokenVariable). "
        + "They are never taken from the command line."

    /// From flags, then the environment, then `plan`'s addresses where these can be trusted.
    static func settings(_ arguments: Arguments, plan: Plan? = nil, allowedHosts: [String] = []) throws -> APISettings {
        let (api, login) = try addresses(arguments, plan: plan, allowedHosts: allowedHosts)
        return APISettings(
            apiURL: api, loginURL: login, credentials: try credentials(arguments), authorities: authorities(arguments))
    }

    /// For a command that talks to no API itself, but writes down where it is.
    static func addressesOnly(_ arguments: Arguments) throws -> (api: String, login: String) {
        try addresses(arguments, plan: nil, allowedHosts: [])
    }

    static func rate(_ arguments: Arguments) throws -> RequestRate? {
        if arguments.value("--rate") == "none" { return nil }
        return try arguments.value("--rate", expecting: "requests per time such as 300/60s, or none", RequestRate.init)
            ?? RequestRate(limit: 300, window: .seconds(60))
    }

    /// Certificates of one's own, by the variables that OpenSSL and curl take them from.
    static func authorities(_ arguments: Arguments) -> TrustedAuthorities {
        TrustedAuthorities(
            file: arguments.value("", environment: EnvironmentVariable.certificateFile.rawValue),
            directory: arguments.value("", environment: EnvironmentVariable.certificateFolder.rawValue))
    }

    /// The environment that a worker process gets: what it needs, nothing else, and no secret.
    static func workerEnvironment(_ arguments: Arguments) -> [String: String] {
        var environment: [String: String] = [:]
        for name in EnvironmentVariable.handedOn.map(\.rawValue) {
            environment[name] = arguments.environment[name]
        }
        // A crash report shows the memory that registers point to, which may be a secret's.
        let backtrace = EnvironmentVariable.backtrace.rawValue
        environment[backtrace] = [environment[backtrace], "registers=none"].compactMap(\.self).filter { !$0.isEmpty }
            .joined(separator: ",")
        return environment
    }

    /// What a worker process is told in the place of secret variables. The address of a Redis may hold a password.
    static func workerSecrets(_ settings: APISettings, redis: String) -> [String: String] {
        switch settings.credentials {
        case .client(let id, let secret):
            [RedisArguments.variable: redis, idVariable: id, secretVariable: secret.exposed]
        case .token(let token):
            [RedisArguments.variable: redis, tokenVariable: token.exposed]
        }
    }

    private static func addresses(
        _ arguments: Arguments, plan: Plan?, allowedHosts: [String]
    ) throws -> (api: String, login: String) {
        // An address that was given goes before a region of the environment, for the login as well: a simulator's client
        // is none of that region's, and its token would go elsewhere.
        let isElsewhere = arguments.value("--api-url") != nil && arguments.value("--region") == nil
        let region = isElsewhere ? nil : try region(arguments)
        if let api = arguments.value("--api-url") ?? region?.apiURL {
            let api = try address(api, option: "--api-url", arguments)
            let login = arguments.value("--login-url") ?? region?.loginURL ?? Destination.loginURL(forAPI: api)
            return (api, try address(login, option: "--login-url", arguments))
        }
        if let plan {
            // Redis and the store may be writable by others: the secret goes only where it cannot do harm.
            for text in [plan.apiURL, plan.loginURL] {
                guard let url = ServiceURL(text) else {
                    throw Failure.usage("the plan names '\(text)', which is no address")
                }
                try refusePlain(url, named: "the plan names \(url)", arguments)
                let host = Destination.name(url)
                guard Destination.isTrusted(url) || allowedHosts.contains(host) else {
                    throw Failure.usage(
                        "the plan names \(url), which is neither a Genesys Cloud host nor this machine; give --api-url and "
                            + "--login-url, or --allow-host \(host)")
                }
            }
            return (plan.apiURL, plan.loginURL)
        }
        throw Failure.usage("where is the API? give --region or \(regionVariable) (such as eu-central-1), or --api-url")
    }

    private static func region(_ arguments: Arguments) throws -> GenesysRegion? {
        guard let name = arguments.value("--region", environment: regionVariable) else { return nil }
        guard let region = GenesysRegion(name) else {
            let names = GenesysRegion.all.map(\.name).joined(separator: ", ")
            throw Failure.usage("unknown region '\(name)'; the regions are \(names)")
        }
        return region
    }

    private static func address(_ text: String, option: String, _ arguments: Arguments) throws -> String {
        guard let url = ServiceURL(text) else {
            throw Failure.usage("\(option) '\(text)': expected an address such as https://api.mypurecloud.de")
        }
        try refusePlain(url, named: "\(option) \(url)", arguments)
        return url.description
    }

    private static func refusePlain(_ url: ServiceURL, named name: String, _ arguments: Arguments) throws {
        guard Destination.isPlain(url), !arguments.flag("--insecure-http") else { return }
        throw Failure.usage(
            "\(name): http:// would send credentials and conversations unencrypted to \(Destination.name(url)); use https://, "
                + "or say --insecure-http")
    }

    static func credentials(_ arguments: Arguments) throws -> Credentials {
        if let token = arguments.value("", environment: tokenVariable) { return .token(Secret(token)) }
        let id = arguments.value("", environment: idVariable)
        let secret = try secret(arguments)
        guard let id, let secret else {
            let missing = id == nil ? idVariable : secretVariable
            throw Failure(
                ExitCode.denied,
                "no credentials: \(missing) is not set (set \(idVariable) and \(secretVariable), or \(tokenVariable))")
        }
        return .client(id: id, secret: secret)
    }

    private static func secret(_ arguments: Arguments) throws -> Secret? {
        guard let path = arguments.value("--secret-file") else {
            return arguments.value("", environment: secretVariable).map(Secret.init)
        }
        let data =
            path == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: path)
        guard let data, let text = String(data: data, encoding: .utf8) else {
            throw Failure(ExitCode.denied, "--secret-file \(path): cannot be read")
        }
        let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !secret.isEmpty else { throw Failure(ExitCode.denied, "--secret-file \(path): is empty") }
        return Secret(secret)
    }
}
