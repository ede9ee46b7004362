// swift-tools-version: 6.2
import PackageDescription

// C libraries come from Debian's -dev packages, one system-library target each. `pkgConfig:` is left out on
// purpose: it makes every build print "prohibited flag(s)", and the default search paths are enough.
func library(_ name: String, apt package: String) -> Target {
    .systemLibrary(name: name, path: "Sources/C/\(name)", providers: [.apt([package])])
}

let package = Package(
    name: "trawl",
    products: [
        .executable(name: "trawl", targets: ["trawl"])
    ],
    targets: [
        library("CHiredis", apt: "libhiredis-dev"),
        library("CCurl", apt: "libcurl4-openssl-dev"),
        library("CZstd", apt: "libzstd-dev"),
        library("CDeflate", apt: "libdeflate-dev"),
        library("CXXHash", apt: "libxxhash-dev"),
        library("CCrypto", apt: "libssl-dev"),
        library("CMicroHTTPD", apt: "libmicrohttpd-dev"),
        .target(name: "CSimdjson", path: "Sources/C/CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CSystem", path: "Sources/C/CSystem"),

        .target(name: "Guarded"),
        .target(name: "Metrics", dependencies: ["Guarded"]),
        .target(name: "Redis", dependencies: ["CHiredis"]),
        .target(name: "HTTP", dependencies: ["CCurl", "CDeflate", "Guarded"]),
        .target(name: "HTTPServer", dependencies: ["CMicroHTTPD", "Guarded"]),

        .target(
            name: "TrawlCore",
            resources: [
                .embedInCode("Profiles/details-query.json"), .embedInCode("Profiles/details-jobs.json"),
                .embedInCode("Profiles/details-query-cursor.json"),
                .embedInCode("Profiles/details-query-token.json"), .embedInCode("Profiles/details-query-paged.json"),
                .embedInCode("Profiles/details-query-pagecount.json"), .embedInCode("Profiles/summary-queries.json"),
            ]),
        .target(
            name: "TrawlQueue", dependencies: ["TrawlCore", "Redis", "Guarded"],
            resources: [
                .embedInCode("Lua/claim.lua"), .embedInCode("Lua/beat.lua"), .embedInCode("Lua/finish.lua"),
                .embedInCode("Lua/retry.lua"), .embedInCode("Lua/release.lua"), .embedInCode("Lua/install.lua"),
                .embedInCode("Lua/postpone.lua"), .embedInCode("Lua/keep.lua"), .embedInCode("Lua/adopt.lua"),
                .embedInCode("Lua/reclaim.lua"), .embedInCode("Lua/reserve.lua"), .embedInCode("Lua/confirm.lua"),
                .embedInCode("Lua/throttle.lua"), .embedInCode("Lua/run.lua"), .embedInCode("Lua/halt.lua"),
                .embedInCode("Lua/state.lua"), .embedInCode("Lua/snapshot.lua"), .embedInCode("Lua/graveyard.lua"),
                .embedInCode("Lua/budget.lua"), .embedInCode("Lua/worker.lua"), .embedInCode("Lua/requeue.lua"),
                .embedInCode("Lua/shards.lua"), .embedInCode("Lua/note.lua"),
            ]),
        .target(name: "TrawlSource", dependencies: ["TrawlCore", "HTTP", "CSimdjson", "CXXHash"]),
        .target(name: "TrawlStore", dependencies: ["TrawlCore", "CZstd", "CXXHash", "CCrypto", "Guarded"]),
        .target(name: "TrawlView", dependencies: ["TrawlCore", "TrawlQueue", "TrawlStore", "Redis"]),
        .target(
            name: "TrawlDashboard",
            dependencies: ["TrawlCore", "TrawlQueue", "TrawlStore", "TrawlView", "Redis", "HTTPServer", "Guarded"],
            resources: [
                .embedInCode("Assets/index.html"), .embedInCode("Assets/login.html"), .embedInCode("Assets/icon.svg"),
                .embedInCode("Assets/page.css"), .embedInCode("Assets/timeline.css"),
                .embedInCode("Assets/app.js"), .embedInCode("Assets/dom.js"), .embedInCode("Assets/format.js"),
                .embedInCode("Assets/live.js"), .embedInCode("Assets/runs.js"), .embedInCode("Assets/run.js"),
                .embedInCode("Assets/timeline.js"), .embedInCode("Assets/shard.js"), .embedInCode("Assets/charts.js"),
                .embedInCode("Assets/tables.js"), .embedInCode("Assets/actions.js"),
            ]),
        .target(name: "TrawlEngine", dependencies: ["TrawlCore", "Guarded"]),
        .target(name: "Simulator", dependencies: ["TrawlCore", "HTTPServer", "CDeflate", "Guarded"]),

        .executableTarget(
            name: "trawl",
            dependencies: [
                "TrawlCore", "TrawlEngine", "TrawlQueue", "TrawlSource", "TrawlStore", "TrawlView", "Simulator",
                "HTTP", "HTTPServer", "Metrics", "Redis", "CSystem", "Guarded", "TrawlDashboard",
            ]),

        .target(name: "TrawlTestKit", dependencies: ["TrawlCore", "Redis", "CSystem"]),
        .testTarget(name: "MetricsTests", dependencies: ["Metrics"]),
        .testTarget(name: "RedisTests", dependencies: ["Redis", "TrawlTestKit"]),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP", "HTTPServer", "CDeflate"]),
        .testTarget(name: "TrawlCoreTests", dependencies: ["TrawlCore"]),
        .testTarget(name: "TrawlQueueTests", dependencies: ["TrawlQueue", "TrawlCore", "Redis", "TrawlTestKit"]),
        .testTarget(name: "TrawlSourceTests", dependencies: ["TrawlSource", "TrawlCore", "HTTP", "HTTPServer"]),
        .testTarget(name: "TrawlStoreTests", dependencies: ["TrawlStore", "TrawlCore", "TrawlTestKit", "CXXHash"]),
        .testTarget(
            name: "TrawlViewTests",
            dependencies: ["TrawlView", "TrawlCore", "TrawlQueue", "TrawlStore", "TrawlTestKit"]),
        .testTarget(
            name: "TrawlDashboardTests",
            dependencies: [
                "TrawlDashboard", "TrawlView", "TrawlCore", "TrawlQueue", "TrawlStore", "Redis", "HTTPServer",
                "Guarded",
                "TrawlTestKit",
            ]),
        .testTarget(name: "TrawlEngineTests", dependencies: ["TrawlEngine", "TrawlCore", "Guarded"]),
        .testTarget(name: "SimulatorTests", dependencies: ["Simulator", "TrawlCore", "HTTP", "HTTPServer", "Guarded"]),
        .testTarget(
            name: "ClusterTests",
            dependencies: [
                "TrawlTestKit", "TrawlCore", "TrawlQueue", "TrawlSource", "TrawlStore", "Simulator", "Redis", "HTTP",
                "HTTPServer", "Metrics", "TrawlEngine", "trawl",
            ]),
    ],
    cxxLanguageStandard: .cxx17
)

// One place for the settings, so that no target drifts.
for target in package.targets
where target.type != .system && !target.name.hasPrefix("C") || target.name == "ClusterTests" {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("ImmutableWeakCaptures"),
        .treatAllWarnings(as: .error),
    ]
}
for target in package.targets where ["CSimdjson", "CSystem"].contains(target.name) {
    target.cSettings = [.treatAllWarnings(as: .error)]
    target.cxxSettings = [.treatAllWarnings(as: .error)]
}
