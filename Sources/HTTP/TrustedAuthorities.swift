/// Which certificate authorities a client believes. What is nil is the system's.
package struct TrustedAuthorities: Sendable, Equatable {
    /// A file of PEM certificates, in the place of the system's.
    package var file: String?
    /// A directory of hashed certificates, in the place of the system's.
    package var directory: String?

    package init(file: String? = nil, directory: String? = nil) {
        self.file = file
        self.directory = directory
    }
}
