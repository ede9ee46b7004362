import Foundation
import Glibc
import Metrics
import TrawlCore

/// What is to be said of any process, under the names that everybody uses. What the system does not tell is left out.
enum ProcessMetrics {
    /// Seconds since 1970.
    private static let began = Double(Console.now.milliseconds) / 1000

    /// Call first thing: the start is when this was called first.
    static func begin() { _ = began }

    static var families: [MetricFamily] {
        var build = MetricFamily("trawl_build_info", .gauge, "Always 1; the version is a label.")
        build.add(1, ["version": Version.text])
        var families = [
            build, .gauge("process_start_time_seconds", "When the process began, in seconds since 1970.", began),
        ]
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            families.append(
                .counter(
                    "process_cpu_seconds_total", "Processor time used.",
                    seconds(usage.ru_utime) + seconds(usage.ru_stime)))
        }
        if let pages = residentPages {
            families.append(
                .gauge(
                    "process_resident_memory_bytes", "Memory in use, without what is swapped out.",
                    Double(pages) * Double(sysconf(Int32(_SC_PAGESIZE)))))
        }
        return families
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    private static var residentPages: Int? {
        guard let data = FileManager.default.contents(atPath: "/proc/self/statm") else { return nil }
        let fields = String(decoding: data, as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Int(fields[1]) : nil
    }
}
