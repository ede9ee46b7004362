import FoundationEssentials
import Glibc
import Redis
import Testing
import TrawlTestKit

/// A secret that can be recognised anywhere, and the places it must not be in.
struct Canary {
    /// What stands for the secret, in every form it could be written in.
    let forms: [String]

    /// As it is, and in the Basic authorisation that a login with it sends.
    init(_ text: String, client: String? = nil) {
        forms = [text] + (client.map { [Data("\($0):\(text)".utf8).base64EncodedString()] } ?? [])
    }

    func isIn(_ bytes: [UInt8]) -> Bool {
        forms.contains { form in bytes.withUnsafeBytes { Self.contains($0, Array(form.utf8)) } }
    }

    private static func contains(_ bytes: UnsafeRawBufferPointer, _ form: [UInt8]) -> Bool {
        guard var place = bytes.baseAddress else { return false }
        let end = place + bytes.count
        while let found = memchr(place, Int32(form[0]), end - place) {
            if end - UnsafeRawPointer(found) >= form.count, memcmp(found, form, form.count) == 0 { return true }
            place = UnsafeRawPointer(found) + 1
        }
        return false
    }

    /// Command lines of all processes of the lab, and the environments of those in `withoutIt`.
    func expectNotInProcesses(
        _ lab: Lab, withoutIt: [ProcessTable.Entry], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for process in lab.strays {
            let words = ProcessTable.bytes(process.id, "cmdline")
            #expect(!isIn(words), "it is in the command line of \(process.command)", sourceLocation: sourceLocation)
        }
        for process in withoutIt {
            let environment = ProcessTable.bytes(process.id, "environ")
            #expect(
                !isIn(environment), "it is in the environment of \(process.command)", sourceLocation: sourceLocation)
        }
    }

    /// Every file below the lab's directory by name and content: stores, what the programs printed, core dumps.
    func files(_ lab: Lab) throws -> [String] {
        try lab.files("").filter { isIn($0.value) || isIn(Array($0.key.utf8)) }.map(\.key).sorted()
    }

    func expectNotInFiles(_ lab: Lab, sourceLocation: SourceLocation = #_sourceLocation) throws {
        // The search finds what is there.
        try lab.write("…\(forms[forms.count - 1])…", to: "bait")
        let found = try files(lab)
        #expect(found == ["bait"], sourceLocation: sourceLocation)
        unlink(lab.path("bait"))
    }

    /// Every key and value, what the server logged of the commands, and what it knows of its clients.
    func isIn(_ redis: RedisClient) async throws -> Bool {
        var bytes = try await Self.flat(redis.command("SLOWLOG", "GET", -1))
        bytes += try await Self.flat(redis.command("CLIENT", "LIST"))
        bytes += try await Self.flat(redis.command("INFO", "everything"))
        for key in try await redis.command("KEYS", "*").array {
            let key = try key.bytes
            let read: [any RedisArgument] =
                switch try await redis.send(RedisCommand("TYPE", arguments: [key])).text {
                case "string": ["GET", key]
                case "hash": ["HGETALL", key]
                case "list": ["LRANGE", key, 0, -1]
                case "set": ["SMEMBERS", key]
                case "zset": ["ZRANGE", key, 0, -1, "WITHSCORES"]
                case "stream": ["XRANGE", key, "-", "+"]
                case "none": ["GET", key]  // it went meanwhile
                case let type: throw TestFailure("a key of type \(type)")
                }
            bytes += key
            bytes += Self.flat(
                try await redis.send(RedisCommand(read[0] as! String, arguments: Array(read.dropFirst()))))
        }
        return isIn(bytes)
    }

    private static func flat(_ reply: RedisReply) -> [UInt8] {
        switch reply {
        case .string(let bytes): bytes
        case .status(let text): Array(text.utf8)
        case .integer, .null: []
        case .error(let code, let message): Array("\(code) \(message)".utf8)
        case .array(let elements): elements.flatMap(flat)
        }
    }
}
