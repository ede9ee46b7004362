import TrawlCore

/// What is said of a page that has more bytes than the API sends or Trawl takes, and what can be done about it.
enum LargePage {
    /// The walk goes on with smaller pages; every shard of the same kind will pay for finding that out.
    static func halved(_ detail: FailureDetail, to size: Int) -> String {
        "\(detail.summary); going on with \(size) records a page, as a run with --page-size \(size) does from its start"
    }

    /// The failure of a shard whose page cannot be made smaller.
    ///
    /// The page size and the shards are part of a run's plan, so every way out is another run.
    static func smallest(_ detail: FailureDetail, profile: EndpointProfile) -> FailureDetail {
        let minimum = profile.paging.pageSize.minimum
        var detail = detail
        detail.message +=
            minimum == 1
            ? "; the page has one record and cannot be smaller: a run with a smaller --shard, in another --out, leaves "
                + "out less of what is around that record"
            : "; profile '\(profile.name)' has no pages of less than \(minimum) records: lower its "
                + "paging.pageSize.minimum, and run in another --out"
        return detail
    }
}
