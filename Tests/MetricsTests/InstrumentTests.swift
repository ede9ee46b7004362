import Metrics
import Testing

struct InstrumentTests {
    @Test func `a counter shows what is known from the start, and whatever is added`() {
        let counter = Counter("r_total", "R.", labels: ["kind", "outcome"], known: [["page", "ok"], ["job", "ok"]])
        counter.add(1, "page", "throttled")
        counter.add(2, "page", "ok")
        counter.add(0.5, "page", "ok")
        #expect(
            Exposition.text([counter.family]) == """
                # HELP r_total R.
                # TYPE r_total counter
                r_total{kind="job",outcome="ok"} 0
                r_total{kind="page",outcome="ok"} 2.5
                r_total{kind="page",outcome="throttled"} 1

                """)
    }

    @Test func `a counter without labels is there from the start`() {
        let counter = Counter("n_total", "N.")
        #expect(Exposition.text([counter.family]).hasSuffix("\nn_total 0\n"))
        counter.add()
        #expect(Exposition.text([counter.family]).hasSuffix("\nn_total 1\n"))
    }

    @Test func `nothing is lost that many tasks count`() async {
        let counter = Counter("n_total", "N.")
        let histogram = Histogram("h", "H.", bounds: [1])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.add()
                        histogram.observe(2)
                    }
                }
            }
        }
        #expect(Exposition.text([counter.family]).hasSuffix("\nn_total 8000\n"))
        #expect(Exposition.text([histogram.family]).hasSuffix("\nh_sum 16000\nh_count 8000\n"))
    }

    @Test func `a histogram's buckets add up, and a bound belongs to its bucket`() {
        let histogram = Histogram("t_seconds", "T.", bounds: [0.1, 1, 10])
        for value in [0.05, 0.1, 0.5, 10, 11] { histogram.observe(value) }
        #expect(
            Exposition.text([histogram.family]) == """
                # HELP t_seconds T.
                # TYPE t_seconds histogram
                t_seconds_bucket{le="0.1"} 2
                t_seconds_bucket{le="1"} 3
                t_seconds_bucket{le="10"} 4
                t_seconds_bucket{le="+Inf"} 5
                t_seconds_sum 21.65
                t_seconds_count 5

                """)
    }

    @Test func `a name that is none, a counter that is not called so, or one that falls is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) { _ = MetricFamily("no name", .gauge, "X.") }
        await #expect(processExitsWith: .failure) { _ = MetricFamily("1x", .gauge, "X.") }
        await #expect(processExitsWith: .failure) { _ = MetricFamily("x", .counter, "X.") }
        await #expect(processExitsWith: .failure) { Counter("x_total", "X.").add(-1) }
    }
}
