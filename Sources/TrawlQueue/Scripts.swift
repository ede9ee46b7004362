package import Redis

/// The Lua scripts, each one atomic step.
package enum Scripts {
    package static let claim = script("claim", PackageResources.claim_lua)
    package static let beat = script("beat", PackageResources.beat_lua)
    package static let finish = script("finish", PackageResources.finish_lua)
    package static let retry = script("retry", PackageResources.retry_lua)
    package static let release = script("release", PackageResources.release_lua)
    package static let reclaim = script("reclaim", PackageResources.reclaim_lua)
    package static let adopt = script("adopt", PackageResources.adopt_lua)
    package static let install = script("install", PackageResources.install_lua)
    package static let postpone = script("postpone", PackageResources.postpone_lua)
    package static let keep = script("keep", PackageResources.keep_lua)
    package static let halt = script("halt", PackageResources.halt_lua)
    package static let state = script("state", PackageResources.state_lua)
    package static let snapshot = script("snapshot", PackageResources.snapshot_lua)
    package static let shards = script("shards", PackageResources.shards_lua)
    package static let note = script("note", PackageResources.note_lua)
    package static let requeue = script("requeue", PackageResources.requeue_lua)
    package static let graveyard = script("graveyard", PackageResources.graveyard_lua)

    package static let budget = RedisScript(name: "budget", source: PackageResources.budget_lua)
    package static let worker = RedisScript(name: "worker", source: PackageResources.worker_lua)
    package static let reserve = RedisScript(name: "reserve", source: PackageResources.reserve_lua)
    package static let confirm = RedisScript(name: "confirm", source: PackageResources.confirm_lua)
    package static let throttle = RedisScript(name: "throttle", source: PackageResources.throttle_lua)

    /// A script of a run: the shared head, then its own text.
    private static func script(_ name: String, _ source: [UInt8]) -> RedisScript {
        RedisScript(name: name, source: PackageResources.run_lua + source)
    }
}
