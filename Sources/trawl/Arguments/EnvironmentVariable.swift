/// Every environment variable that Trawl reads or hands on: 'trawl help environment' lists them from here.
enum EnvironmentVariable: String, CaseIterable, Sendable {
    case clientID = "GENESYSCLOUD_OAUTHCLIENT_ID"
    case clientSecret = "GENESYSCLOUD_OAUTHCLIENT_SECRET"
    case accessToken = "GENESYSCLOUD_ACCESS_TOKEN"
    case region = "GENESYSCLOUD_REGION"
    case redis = "TRAWL_REDIS_URL"
    case certificateFile = "SSL_CERT_FILE"
    case certificateFolder = "SSL_CERT_DIR"
    case dashboardToken = "TRAWL_DASHBOARD_TOKEN"
    case credentialsFolder = "CREDENTIALS_DIRECTORY"
    case notifySocket = "NOTIFY_SOCKET"
    case watchdogTime = "WATCHDOG_USEC"
    case watchdogProcess = "WATCHDOG_PID"
    case noColour = "NO_COLOR"
    case terminal = "TERM"
    case programs = "PATH"
    case temporaryFolder = "TMPDIR"
    case home = "HOME"
    case language = "LANG"
    case zone = "TZ"
    case backtrace = "SWIFT_BACKTRACE"
    case threadSanitizer = "TSAN_OPTIONS"

    /// What a worker process that 'trawl run' starts gets of them: what it needs, and no secret.
    static let handedOn: [EnvironmentVariable] = [
        .programs, .home, .temporaryFolder, .language, .zone, .certificateFile, .certificateFolder, .backtrace,
        .threadSanitizer,
    ]

    enum Use: CaseIterable {
        case credentials, addresses, output, system

        var title: String {
            switch self {
            case .credentials: "Credentials, of every command that asks the API"
            case .addresses: "Addresses and trust"
            case .output: "Output"
            case .system: "The system"
            }
        }
    }

    var use: Use {
        switch self {
        case .clientID, .clientSecret, .accessToken, .credentialsFolder: .credentials
        case .region, .redis, .certificateFile, .certificateFolder, .dashboardToken: .addresses
        case .noColour, .terminal: .output
        case .programs, .temporaryFolder, .home, .language, .zone, .backtrace, .threadSanitizer, .notifySocket,
            .watchdogTime, .watchdogProcess:
            .system
        }
    }

    var meaning: String {
        switch self {
        case .clientID: "the id of an OAuth client with the grant Client Credentials"
        case .clientSecret: "its secret; --secret-file reads it from a file instead"
        case .accessToken: "a token obtained elsewhere, which goes before id and secret; it cannot be renewed"
        case .region: "AWS region or domain of the organisation, such as eu-central-1; --region goes before it"
        case .redis:
            "the Redis that holds the schedule, for every command with --redis, which goes before it; see 'trawl help redis'"
        case .certificateFile: "a PEM file with the authorities to trust instead of the system's"
        case .certificateFolder: "a directory of them, as OpenSSL hashes it"
        case .dashboardToken: "what lets people into 'trawl dashboard'; --token-file takes several, with names"
        case .credentialsFolder:
            "where systemd puts a unit's credentials: a file named like one of these variables stands for it"
        case .notifySocket: "where 'trawl worker' tells a service manager that it is ready, well, or draining"
        case .watchdogTime, .watchdogProcess:
            "how often the service manager wants to hear that all is well, and of whom"
        case .noColour: "no colour, if set to anything; --no-color does the same"
        case .terminal: "'dumb' stands for no status line and no colour"
        case .programs: "where redis-server is looked for, when a run starts a private one"
        case .temporaryFolder:
            "where a private Redis has its socket when the run's path is too long for one, and where 'trawl doctor' works "
                + "(default /tmp)"
        case .language: "where it says UTF-8, the screen of a run has blocks; LC_ALL and LC_CTYPE go before it"
        case .home, .zone: "handed on to worker processes; nothing that Trawl writes depends on it"
        case .backtrace: "how a crash is reported, as the Swift runtime has it; workers never show registers"
        case .threadSanitizer: "of a build under the thread sanitizer; handed on to worker processes"
        }
    }
}
