import TrawlCore
import TrawlQueue
import TrawlView

/// A run as it stands, on a terminal of any size: pure text, made anew for each look.
struct RunScreen {
    let view: RunView
    /// Something urgent besides, such as an API that does not answer.
    var note: String?
    var style: ScreenStyle
    /// How many workers and how many events are listed at most.
    var workers = Int.max
    var events = 5

    /// What is shown, in the order of the screen. Where rows are few, those with the highest rank go first.
    private struct Block {
        var rank: Int
        var lines: [StyledLine]
    }

    /// At most `height` lines, none wider than `width`. The strip and the counts are always there.
    func lines(width: Int, height: Int) -> [String] {
        var blocks = [
            Block(rank: 3, lines: [title]), Block(rank: 0, lines: [strip(width)]),
            Block(rank: 6, lines: [StyledLine(StripScale.text(view.plan.interval, width: width), .faint)]),
            Block(rank: 7, lines: [legend]),
            Block(rank: 1, lines: [StyledLine(ScreenText.counts(view).joined(separator: " · "))]),
            Block(rank: 2, lines: rate), Block(rank: 4, lines: remaining),
            Block(rank: 5, lines: (note ?? ScreenText.note(view)).map { [StyledLine($0, .yellow)] } ?? []),
            Block(rank: 9, lines: workerLines), Block(rank: 8, lines: eventLines),
        ]
        var room = max(2, height)
        for index in blocks.indices.sorted(by: { blocks[$0].rank < blocks[$1].rank }) {
            blocks[index].lines = fit(blocks[index].lines, room)
            room -= blocks[index].lines.count
        }
        return blocks.flatMap(\.lines).map { $0.text(width: width, style) }
    }

    /// The strip, its dates and its legend alone.
    func strip(width: Int) -> [String] {
        [strip(width), StyledLine(StripScale.text(view.plan.interval, width: width), .faint), legend]
            .map { $0.text(width: width, style) }
    }

    /// A list that does not fit ends with how many more there are.
    private func fit(_ lines: [StyledLine], _ room: Int) -> [StyledLine] {
        if lines.count <= room { return lines }
        guard room > 1 else { return [] }
        return lines.prefix(room - 1) + [StyledLine("  … and \(lines.count - room + 1) more", .faint)]
    }

    // MARK: - Head

    private var title: StyledLine {
        let plan = view.plan
        var line = StyledLine(view.state, stateTone)
        line.add(" · ")
        line.add(plan.run, .strong)
        line.add(
            " · \(ScreenText.stamp(plan.interval.from)) to \(ScreenText.stamp(plan.interval.to)) · \(plan.profile.name)"
        )
        return line
    }

    private var stateTone: StyledLine.Tone {
        switch view.state {
        case "complete", "fetched", "running": .green
        case "dead", "halted": .red
        default: .yellow
        }
    }

    private func strip(_ width: Int) -> StyledLine {
        var line = StyledLine()
        for cell in Strip.cells(view.shards, of: view.plan.interval, count: width) {
            let look = Self.look(cell.state)
            line.add(style.unicode ? look.glyph : look.ascii, look.tone)
        }
        return line
    }

    private var legend: StyledLine {
        var line = StyledLine()
        let counts = view.counts
        for state in ShardView.State.allCases {
            guard let count = counts[state] else { continue }
            let look = Self.look(state)
            if line != StyledLine() { line.add("  ") }
            line.add(style.unicode ? look.glyph : look.ascii, look.tone)
            line.add(" \(Quantity.grouped(count)) \(state.rawValue)")
        }
        return line
    }

    /// Glyphs differ as much as colours do: a strip reads in black and white, too.
    private static func look(_ state: ShardView.State) -> (glyph: String, ascii: String, tone: StyledLine.Tone) {
        switch state {
        case .done: ("█", "#", .green)
        case .unproven: ("?", "?", .magenta)
        case .leased: ("▒", "=", .cyan)
        case .delayed: ("~", "~", .yellow)
        case .pending: ("░", ".", .faint)
        case .dead: ("✗", "x", .red)
        case .skipped: ("-", "-", .magenta)
        }
    }

    // MARK: - How fast

    private var rate: [StyledLine] {
        guard let rate = ScreenText.rate(view) else { return [] }
        var line = StyledLine("rate  ", .faint)
        line.add(rate)
        if let records = view.recordsPerSecond { line.add(" · \(ScreenText.perSecond(records).dropLast(2)) records/s") }
        if let shortfall = view.shortfall { line.add(": \(shortfall.text)", .yellow) }
        return [line]
    }

    private var remaining: [StyledLine] {
        guard view.state == "running" else { return [] }
        var line = StyledLine("left  ", .faint)
        if let estimate = view.estimate {
            line.add(ScreenText.remaining(estimate))
        } else if view.ledger.owed.isEmpty {
            line.add("nothing left to fetch")
        } else {
            line.add(view.ledger.parts.count < 3 ? "not known before a few shards are done" : "not known yet")
        }
        return [line]
    }

    // MARK: - Lists

    private var workerLines: [StyledLine] {
        let names = Self.shortNames(view.workers.map(\.name))
        let rows = zip(names, view.workers).prefix(workers)
        let width = rows.map(\.0.count).max() ?? 0
        let lines = rows.map { name, worker in
            WorkerRow(
                worker: worker, isSilent: view.isSilent(worker), now: view.schedule?.now, pageSize: view.plan.pageSize
            )
            .line(name.padding(to: width))
        }
        let rest = view.workers.count - lines.count
        return lines + (rest > 0 ? [StyledLine("  … and \(rest) more workers", .faint)] : [])
    }

    private func reason(_ event: RunEvent) -> String? {
        guard event.kind == "dead" else { return nil }
        return view.shards.first { $0.id.text == event.subject }?.death?.reason
    }

    /// The ends of the names, where they tell all apart: the beginnings are the same host and process.
    static func shortNames(_ names: [String]) -> [String] {
        let ends = names.map { String($0.split(separator: ".").last ?? "") }
        return Set(ends).count == names.count ? ends : names
    }

    /// The oldest first; below them what makes workers pause now.
    private var eventLines: [StyledLine] {
        var lines = view.events.prefix(events).reversed().map { event in
            var line = StyledLine("\(event.time.rfc3339.dropFirst(11).prefix(8)) ", .faint)
            let text = EventText(event, reason: reason(event))
            line.add(text.text, text.tone)
            return line
        }
        var seen: Set<String> = []
        for activity in view.workers.flatMap(\.activities) where activity.phase == .pausing {
            guard let failure = activity.failure, seen.insert(failure).inserted, seen.count <= 2 else { continue }
            lines.append(StyledLine("now      \(failure)", .yellow))
        }
        return lines
    }
}
