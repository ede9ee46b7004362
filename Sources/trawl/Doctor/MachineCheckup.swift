import Glibc
import TrawlCore

/// Looks at what every process here is given.
struct MachineCheckup {
    let findings: Findings

    /// A worker with 256 slots has a connection and a part with its index open for each.
    private static let fewDescriptors: UInt = 1024

    func check() async {
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            let text = "\(limit.rlim_cur) open files"
            await findings.add(
                limit.rlim_cur < Self.fewDescriptors
                    ? .warn("file descriptors", text, "ulimit -n 4096") : .ok("file descriptors", text))
        }
        await findings.add(
            Self.knowsDaylightSaving
                ? .ok("time zones", "are known, daylight saving included")
                : .warn("time zones", "are not known: --timezone takes UTC only", "apt-get install tzdata"))
    }

    /// A day of 23 hours.
    private static var knowsDaylightSaving: Bool {
        guard let berlin = CalendarDays(timezone: "Europe/Berlin"),
            let begin = berlin.start(year: 2024, month: 3, day: 31),
            let end = berlin.start(year: 2024, month: 4, day: 1)
        else { return false }
        return end - begin == 23 * 3_600_000
    }
}
