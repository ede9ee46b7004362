import TrawlCore

/// Sorts and writes buckets on a thread of its own, in the order they are given.
final class ResultThread {
    /// What is used by the thread until it is joined, and by its owner after that.
    private final class Work: @unchecked Sendable {
        // Unchecked: joining the thread is what hands it over.
        let writer: ResultWriter
        let sorter: BucketSorter
        var failure: StoreError?

        init(writer: ResultWriter, sorter: BucketSorter) {
            self.writer = writer
            self.sorter = sorter
        }

        func run(_ ready: Handoff<BucketContent>) {
            do throws(StoreError) {
                while let content = ready.take() {
                    try sorter.forEachLine(of: content) { (line) throws(StoreError) in try writer.append(line) }
                }
                try writer.close()
            } catch {
                failure = error
                ready.refuse()
            }
        }
    }

    let ready = Handoff<BucketContent>(capacity: 1)
    private let work: Work
    private let thread: WorkerThread

    init(writer: ResultWriter, sorter: BucketSorter) {
        let work = Work(writer: writer, sorter: sorter)
        self.work = work
        let ready = ready
        thread = WorkerThread { work.run(ready) }
    }

    /// Waits until everything given is written. Throws what went wrong here, else what `reading` failed with. Must be
    /// called exactly once.
    func finish(after reading: Result<Void, any Error>) throws -> ResultWriter {
        ready.end()
        thread.join()
        if let failure = work.failure { throw failure }
        try reading.get()
        return work.writer
    }
}
