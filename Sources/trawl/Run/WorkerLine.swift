import TrawlCore

/// The lines a supervised worker writes to its standard error: `level<TAB>fields message`.
///
/// The supervisor writes them on as its own, so that all workers' lines share one terminal without tearing its status.
enum WorkerLine {
    static func format(_ entry: Log.Entry) -> String {
        "\(entry.level.rawValue)\t" + entry.fields.map { "\($0.name)=\($0.value) " }.joined()
            + entry.message.replacing("\n", with: " ")
    }

    static func relay(_ line: String, label: String, to log: Log) {
        let log = log.with("worker", label)
        let pieces = line.split(separator: "\t", maxSplits: 1)
        guard pieces.count == 2, let level = Int(pieces[0]).flatMap(Log.Level.init(rawValue:)) else {
            return log.warning(line)  // not from our log: a crash report, or a library's complaint
        }
        let text = String(pieces[1])
        switch level {
        case .debug: log.debug(text)
        case .info: log.info(text)
        case .warning: log.warning(text)
        case .error: log.error(text)
        }
    }
}
