import Redis
import Testing

@Suite struct RedisURLTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let text: String
        let url: RedisURL
        let shown: String
        var testDescription: String { text }

        init(_ text: String, _ url: RedisURL, _ shown: String) {
            (self.text, self.url, self.shown) = (text, url, shown)
        }

        static func tcp(_ host: String, _ port: UInt16 = 6379) -> RedisURL.Endpoint { .tcp(host: host, port: port) }
    }

    static let good = [
        Row("redis://localhost", RedisURL(endpoint: Row.tcp("localhost")), "redis://localhost:6379/0"),
        Row("REDIS://h:7000/", RedisURL(endpoint: Row.tcp("h", 7000)), "redis://h:7000/0"),
        Row("redis://h/12", RedisURL(endpoint: Row.tcp("h"), database: 12), "redis://h:6379/12"),
        Row("redis://[::1]:6380/1", RedisURL(endpoint: Row.tcp("::1", 6380), database: 1), "redis://[::1]:6380/1"),
        Row("redis://[fe80::1%25eth0]", RedisURL(endpoint: Row.tcp("fe80::1%eth0")), "redis://[fe80::1%eth0]:6379/0"),
        Row("redis://:secret@h", RedisURL(endpoint: Row.tcp("h"), password: "secret"), "redis://:***@h:6379/0"),
        Row(
            "redis://ann:p%40%2F%3a%25@h",
            RedisURL(endpoint: Row.tcp("h"), user: "ann", password: "p@/:%"), "redis://ann:***@h:6379/0"),
        Row(
            "redis://ann:a:b@c@h", RedisURL(endpoint: Row.tcp("h"), user: "ann", password: "a:b@c"),
            "redis://ann:***@h:6379/0"),
        Row(
            "redis://a%3Ab:@h", RedisURL(endpoint: Row.tcp("h"), user: "a:b", password: ""),
            "redis://a%3Ab:***@h:6379/0"),
        Row("redis://:@h", RedisURL(endpoint: Row.tcp("h")), "redis://h:6379/0"),
        Row("redis://:p%C3%A4ss@h", RedisURL(endpoint: Row.tcp("h"), password: "päss"), "redis://:***@h:6379/0"),
        Row("unix:///run/redis.sock", RedisURL(endpoint: .unix(path: "/run/redis.sock")), "unix:///run/redis.sock"),
        Row(
            "unix:///a%20b%3F/s?db=3&user=u&password=p%26q",
            RedisURL(endpoint: .unix(path: "/a b?/s"), user: "u", password: "p&q", database: 3),
            "unix:///a%20b%3F/s?db=3&user=u&password=***"),
        Row("unix:///s?password=p", RedisURL(endpoint: .unix(path: "/s"), password: "p"), "unix:///s?password=***"),
    ]

    @Test(arguments: good) func `a valid URL is read, and shown without its password`(row: Row) throws {
        let url = try RedisURL(row.text)
        #expect(url == row.url)
        #expect(url.description == row.shown)
    }

    static let bad: [(String, String)] = [
        ("", "redis:// or unix://"), ("localhost:6379", "redis:// or unix://"), ("http://h", "unknown scheme"),
        ("rediss://h", "not supported yet"), ("redis://", "host is missing"), ("redis:///1", "host is missing"),
        ("redis://:p@", "host is missing"), ("redis://h:", "port"), ("redis://h:0", "port"),
        ("redis://h:65536", "port"),
        ("redis://h:+1", "port"), ("redis://h:6379x", "port"), ("redis://::1", "brackets"), ("redis://[::1", "']'"),
        ("redis://[::1]x", "':port'"), ("redis://h/-1", "database"), ("redis://h/x", "database"),
        ("redis://h/1/2", "database"), ("redis://h/99999999999", "database"), ("redis://user@h", "needs a password"),
        ("redis://h?db=1", "query"), ("redis://h#x", "fragment"), ("redis://:%zz@h", "password has a '%'"),
        ("redis://:%f@h", "password has a '%'"), ("redis://:%ff@h", "UTF-8"), ("redis://:%00@h", "zero byte"),
        ("redis://a b", "space"), ("unix://relative", "absolute"), ("unix://", "absolute"),
        ("unix:///s?x=1", "parameter"),
        ("unix:///s?db=1&db=2", "twice"), ("unix:///s?db=", "database"), ("unix:///s?user=u", "needs a password"),
        ("unix:///s#x", "%23"),
    ]

    @Test(arguments: bad) func `an invalid URL is refused with the part at fault`(text: String, part: String) {
        let error = #expect(throws: RedisError.self) { try RedisURL(text) }
        #expect(error?.description.contains(part) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        "redis://:hunter2/x@h", "redis://:hun#ter2@h", "redis://ann:hunter2?@h", "redis://hunter2@h",
        "redis://h:hunter2",
        "redis://:%zzhunter2@h", "unix:///s?password=%zzhunter2", "unix:///s?pasword=hunter2",
    ])
    func `no part of a password is quoted in an error`(text: String) {
        let error = #expect(throws: RedisError.self) { try RedisURL(text) }
        #expect(error.map { "\($0)".contains("hun") || "\($0)".contains("ter2") } == false)
    }

    @Test func `neither dump nor reflection shows the password`() throws {
        let client = RedisClient(url: try RedisURL("redis://ann:hunter2@localhost"))
        var text = String(reflecting: client.url)
        dump(client, to: &text)
        #expect(text.contains("redis://ann:***@localhost"))
        #expect(!text.contains("hunter2"))
    }
}
