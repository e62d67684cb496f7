import Loop
import Outgoing
import Security
import Settings
import Time

/// Which providers an operator has set up, and how.
struct ProviderSettings: Sendable {
  struct Firebase: Sendable {
    var url: String
    var account: ServiceAccount
  }

  struct Apple: Sendable {
    var url: String
    var account: AppleAccount
  }

  struct Web: Sendable {
    var key: SigningKey
    var subject: String
    /// Push services that may be spoken to; none: any on the public internet.
    var origins: [String]
  }

  struct Receiver: Sendable {
    var url: String
    var key: [UInt8]
  }

  var firebase: Firebase?
  var apple: Apple?
  var web: Web?
  var receiver: Receiver?
  /// Most pushes a second to each.
  var rates: [ProviderName: Double] = [:]

  init() {}

  init(_ reader: inout EnvironmentReader) {
    firebase = Firebase(&reader)
    apple = Apple(&reader)
    web = Web(&reader)
    receiver = Receiver(&reader)
    for (name, setting) in [(ProviderName.fcm, "FCM"), (.apns, "APNS"), (.web, "WEBPUSH"), (.webhook, "WEBHOOK")] {
      let standard = name == .webhook ? 100.0 : 5000.0
      rates[name] = reader.number(
        "CARILLON_\(setting)_RATE",
        default: standard,
        in: 0.1...1_000_000,
        "most pushes a second by this provider"
      )
    }
  }
}

extension ProviderSettings.Firebase {
  init?(_ reader: inout EnvironmentReader) {
    let url = reader.url("CARILLON_FCM_URL", schemes: ["https", "http"], "Firebase's address; unset: FCM is off")
    let name = "CARILLON_FCM_KEY_FILE"
    let file = reader.secret(name, "file (mode 0600) with the service account's JSON")
    let account = file.flatMap { ServiceAccount(file: $0.bytes) }
    if file != nil, account == nil { reader.problem(name, "the file holds no service account") }
    if url != nil, file == nil { reader.problem(name, "is needed beside CARILLON_FCM_URL") }
    guard let url, let account else { return nil }
    self.init(url: url, account: account)
  }
}

extension ProviderSettings.Apple {
  init?(_ reader: inout EnvironmentReader) {
    let url = reader.url(
      "CARILLON_APNS_URL",
      schemes: ["https", "http"],
      "Apple's address; unset: APNs is off. Plain http means HTTP/2 from the first byte, for tests"
    )
    let name = "CARILLON_APNS_KEY_FILE"
    let file = reader.secret(name, "file (mode 0600) with the signing key (.p8)")
    let key = file.flatMap { SigningKey(pem: $0.bytes) }.flatMap { $0.algorithm == .es256 ? $0 : nil }
    if file != nil, key == nil { reader.problem(name, "the file holds no P-256 key") }
    let id = reader.text("CARILLON_APNS_KEY_ID", "the key's id")
    let team = reader.text("CARILLON_APNS_TEAM_ID", "the team's id")
    let topic = reader.text("CARILLON_APNS_TOPIC", "the app's bundle id")
    guard let url else { return nil }
    guard let key, let id, let team, let topic else {
      if file == nil || key != nil {
        reader.problem(
          "CARILLON_APNS_URL",
          "needs _APNS_KEY_FILE, _APNS_KEY_ID, _APNS_TEAM_ID and _APNS_TOPIC beside it"
        )
      }
      return nil
    }
    self.init(url: url, account: AppleAccount(key: key, keyID: id, team: team, topic: topic))
  }
}

extension ProviderSettings.Web {
  init?(_ reader: inout EnvironmentReader) {
    let name = "CARILLON_VAPID_KEY_FILE"
    let file = reader.secret(name, "file (mode 0600) with a P-256 key in PEM; unset: Web Push is off")
    let key = file.flatMap { SigningKey(pem: $0.bytes) }.flatMap { $0.algorithm == .es256 ? $0 : nil }
    if file != nil, key == nil { reader.problem(name, "the file holds no P-256 key") }
    let subject = reader.text("CARILLON_VAPID_SUBJECT", "a mailto: or https: address of the operator")
    let origins = reader.list(
      "CARILLON_WEBPUSH_ORIGINS",
      default: [],
      "push services to speak to; empty: any on the public internet"
    )
    if key != nil, subject == nil { reader.problem("CARILLON_VAPID_SUBJECT", "is needed beside \(name)") }
    guard let key, let subject else { return nil }
    self.init(key: key, subject: subject, origins: origins)
  }
}

extension ProviderSettings.Receiver {
  init?(_ reader: inout EnvironmentReader) {
    let url = reader.url(
      "CARILLON_WEBHOOK_URL",
      schemes: ["https", "http"],
      "the operator's receiver of notices and text messages; unset: off"
    )
    let name = "CARILLON_WEBHOOK_KEY_FILE"
    let file = reader.secret(name, "file (mode 0600) with the key that signs them")
    if url != nil, file == nil { reader.problem(name, "is needed beside CARILLON_WEBHOOK_URL") }
    guard let url, let key = file?.trimmed, !key.isEmpty else { return nil }
    self.init(url: url, key: key)
  }
}

extension Providers {
  /// Those that are set up, each with a client of its own.
  static func make(_ settings: ProviderSettings, clock: WallClock) -> Providers {
    let providers = Providers()
    func rate(_ name: ProviderName) -> Double { settings.rates[name] ?? 1000 }
    func sending(_ reach: HTTPClient.Reach, _ connections: Int) -> Sending {
      let client = HTTPClient(reach: reach, connectionsPerHost: connections)
      return { request throws(OutgoingError) in try await client.send(request) }
    }
    if let it = settings.firebase {
      var send = sending(.anywhere, connections)
      if it.url.hasPrefix("http://") {
        let paced = PacedSender(most: connections, send: send)
        send = { request throws(OutgoingError) in try await paced.send(request) }
      }
      let fcm = FCM(url: it.url, account: it.account, clock: clock, send: send)
      providers.add(fcm, as: .fcm, perSecond: rate(.fcm))
    }
    if let it = settings.apple {
      let apns = APNs(url: it.url, account: it.account, clock: clock, send: sending(.anywhere, connections))
      providers.add(apns, as: .apns, perSecond: rate(.apns))
    }
    if let it = settings.web {
      let reach = it.origins.isEmpty ? HTTPClient.Reach.publicOnly : .anywhere
      let web = WebPush(key: it.key, subject: it.subject, clock: clock, send: sending(reach, ConnectionPace.few))
      providers.add(web, as: .web, perSecond: rate(.web))
    }
    if let it = settings.receiver {
      let webhook = Webhook(url: it.url, key: it.key, clock: clock, send: sending(.anywhere, ConnectionPace.few))
      providers.add(webhook, as: .webhook, perSecond: rate(.webhook))
    }
    return providers
  }

  /// Connections to one provider, so that no push waits for one in libcurl, which then sets each up twice. Over HTTP/2 few
  /// are opened, since each carries many pushes.
  private static let connections = JobWorker.places
}
