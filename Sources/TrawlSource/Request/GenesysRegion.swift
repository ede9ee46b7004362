/// A region of Genesys Cloud, known by its AWS name and by its domain.
package struct GenesysRegion: Hashable, Sendable {
    /// `eu-central-1`
    package let name: String
    /// `mypurecloud.de`
    package let domain: String

    private init(_ name: String, _ domain: String) {
        self.name = name
        self.domain = domain
    }

    package static let all: [GenesysRegion] = [
        GenesysRegion("us-east-1", "mypurecloud.com"),
        GenesysRegion("us-east-2", "use2.us-gov-pure.cloud"),
        GenesysRegion("us-west-2", "usw2.pure.cloud"),
        GenesysRegion("ca-central-1", "cac1.pure.cloud"),
        GenesysRegion("mx-central-1", "mxc1.pure.cloud"),
        GenesysRegion("sa-east-1", "sae1.pure.cloud"),
        GenesysRegion("eu-west-1", "mypurecloud.ie"),
        GenesysRegion("eu-west-2", "euw2.pure.cloud"),
        GenesysRegion("eu-central-1", "mypurecloud.de"),
        GenesysRegion("eu-central-2", "euc2.pure.cloud"),
        GenesysRegion("eusc-de-east-1", "edee1.eusc-pure.cloud"),
        GenesysRegion("me-central-1", "mec1.pure.cloud"),
        GenesysRegion("ap-northeast-1", "mypurecloud.jp"),
        GenesysRegion("ap-northeast-2", "apne2.pure.cloud"),
        GenesysRegion("ap-northeast-3", "apne3.pure.cloud"),
        GenesysRegion("ap-south-1", "aps1.pure.cloud"),
        GenesysRegion("ap-southeast-1", "apse1.pure.cloud"),
        GenesysRegion("ap-southeast-2", "mypurecloud.com.au"),
    ]

    /// Finds a region by name (`eu-central-1`, also as the SDKs spell it: `eu_central_1`), domain, or a host of it
    /// (`api.mypurecloud.de`). Nil for anything else: credentials go to known domains only.
    package init?(_ text: String) {
        let lower = text.lowercased()
        let domain = ["api.", "login.", "apps."].first(where: lower.hasPrefix).map { String(lower.dropFirst($0.count)) }
        let name = lower.replacing("_", with: "-")
        guard let found = Self.all.first(where: { $0.name == name || $0.domain == domain ?? lower }) else { return nil }
        self = found
    }

    package var apiURL: String { "https://api.\(domain)" }
    package var loginURL: String { "https://login.\(domain)" }
}
