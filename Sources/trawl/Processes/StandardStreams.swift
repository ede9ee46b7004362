import Glibc

enum StandardStreams {
    /// Gives descriptors 0 to 2 a meaning if the caller closed them. Otherwise the next file opened, one of the store
    /// perhaps, becomes what this program takes for its standard error.
    static func ensureOpen() {
        while true {
            let descriptor = open("/dev/null", O_RDWR)
            guard descriptor >= 0 else { return }
            if descriptor > STDERR_FILENO {
                close(descriptor)
                return
            }
        }
    }
}
