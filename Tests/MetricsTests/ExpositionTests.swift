import Metrics
import Testing

struct ExpositionTests {
    @Test func `a family is written with its help, its kind and its series in order`() {
        var shards = MetricFamily("trawl_shards", .gauge, "Shards of a run.")
        shards.add(3, ["run": "b", "state": "pending"])
        shards.add(0, ["run": "a", "state": "dead"])
        #expect(
            Exposition.text([shards]) == """
                # HELP trawl_shards Shards of a run.
                # TYPE trawl_shards gauge
                trawl_shards{run="b",state="pending"} 3
                trawl_shards{run="a",state="dead"} 0

                """)
    }

    @Test func `backslashes, quotes and line breaks of a label and of a help text are escaped`() {
        var family = MetricFamily("x_info", .gauge, "a \\ \"b\"\nc")
        family.add(1, ["path": "C:\\\"x\"\nß"])
        #expect(
            Exposition.text([family])
                == "# HELP x_info a \\\\ \"b\"\\nc\n# TYPE x_info gauge\nx_info{path=\"C:\\\\\\\"x\\\"\\nß\"} 1\n")
    }

    @Test(arguments: [
        (0.0, "0"), (1, "1"), (-2, "-2"), (0.25, "0.25"), (1e15, "1000000000000000"), (.infinity, "+Inf"),
        (-.infinity, "-Inf"), (.nan, "NaN"), (1e300, "1e+300"), (0.1 + 0.2, "0.30000000000000004"),
    ])
    func `a number is written so that it can be read again`(value: Double, text: String) {
        #expect(Exposition.text([.gauge("x", "X.", value)]).hasSuffix("\nx \(text)\n"))
        if value.isFinite { #expect(Double(text) == value) }
    }

    @Test func `a family without a series is left out`() {
        #expect(Exposition.text([MetricFamily("x", .gauge, "X."), .gauge("y", "Y.", 1)]).hasPrefix("# HELP y "))
        #expect(Exposition.text([]).isEmpty)
    }
}
