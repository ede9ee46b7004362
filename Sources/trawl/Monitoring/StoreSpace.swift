import Glibc

/// How much room the stores' file systems have.
actor StoreSpace {
    private var isMeasuring = false

    /// Free bytes of each store. None while an earlier question is not answered: a network file system whose server is
    /// away answers nobody, and one thread that waits for it is enough.
    func free(_ stores: [(run: String, path: String)]) async -> [(run: String, bytes: Double)] {
        guard !isMeasuring else { return [] }
        isMeasuring = true
        defer { isMeasuring = false }
        return await onThread {
            stores.compactMap { run, path in
                var system = statvfs()
                guard statvfs(path, &system) == 0 else { return nil }
                return (run, Double(system.f_bavail) * Double(system.f_frsize))
            }
        }
    }
}
