import Testing
import TrawlSource

struct GenesysRegionTests {
    @Test(arguments: [
        "eu-central-1", "EU-CENTRAL-1", "eu_central_1", "mypurecloud.de", "api.mypurecloud.de", "login.mypurecloud.de",
    ])
    func `a region is found by name, domain or host`(text: String) {
        let region = GenesysRegion(text)
        #expect(region?.apiURL == "https://api.mypurecloud.de")
        #expect(region?.loginURL == "https://login.mypurecloud.de")
    }

    @Test(arguments: ["", "eu-central-3", "mypurecloud", "evil.mypurecloud.de", "mypurecloud.de.evil.example", "api."])
    func `nothing else is a region`(text: String) {
        #expect(GenesysRegion(text) == nil)
    }

    @Test func `every region has its own name and domain, and both find it`() {
        #expect(GenesysRegion.all.count == 18)
        for region in GenesysRegion.all {
            #expect(GenesysRegion(region.name) == region)
            #expect(GenesysRegion(region.domain) == region)
            #expect(ServiceURL(region.apiURL)?.host == "api.\(region.domain)")
        }
    }

    @Test(arguments: [
        ("https://api.mypurecloud.de", "https://api.mypurecloud.de", ""),
        ("HTTPS://API.MyPureCloud.de/", "https://api.mypurecloud.de", ""),
        ("http://127.0.0.1:8080/Gateway/v1//", "http://127.0.0.1:8080", "/Gateway/v1"),
        ("http://[::1]:80", "http://[::1]:80", ""),
    ])
    func `a service URL is an origin and a path`(text: String, origin: String, path: String) {
        #expect(ServiceURL(text)?.origin == origin)
        #expect(ServiceURL(text)?.path == path)
    }

    @Test(arguments: [
        "", "api.mypurecloud.de", "ftp://a", "https://", "https:///x", "https://user:pw@host", "https://h?x",
        "https://h/#x", "https://h /",
        "https://h\r\nX: y", "https://hé", "https://h/\\x",
    ])
    func `what is no plain URL is refused`(text: String) {
        #expect(ServiceURL(text) == nil)
    }
}
