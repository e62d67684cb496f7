import Postgres
import Security
import Settings
import Time
import Wire

/// A device as its owner describes it.
struct DeviceForm: Sendable, Equatable {
  /// Longer ones do not fit into an index, and no push service has any.
  private static let longestAddress = 2000
  private static let longestName = 100

  let kind: Delivery.DeviceKind
  /// Nil for a browser.
  let app: Delivery.Device.App?
  let target: PushTarget
  let name: String?

  /// `origins` are push services that need no `https`.
  init(_ call: Delivery.AddDevice, origins: [String]) throws(Failure) {
    guard let kind = Delivery.DeviceKind(rawValue: call.kind) else { throw .invalid("kind") }
    if let name = call.name {
      guard name.unicodeScalars.count <= DeviceForm.longestName, name.isStorable else { throw .invalid("name") }
    }
    self.kind = kind
    name = call.name
    switch kind {
    case .web:
      app = nil
      target = .browser(try DeviceForm.browser(call, origins))
    case .android, .ios:
      guard let app = call.app.map(Delivery.Device.App.init) ?? .jarvis else { throw .invalid("app") }
      guard let token = call.token else { throw .missing("token") }
      guard (1...DeviceForm.longestAddress).contains(token.utf8.count), token.isStorable else {
        throw .invalid("token")
      }
      self.app = app
      target = .telephone(kind == .ios ? .ios : .android, token: token)
    }
  }

  private static func browser(_ call: Delivery.AddDevice, _ origins: [String]) throws(Failure) -> WebSubscription {
    guard let endpoint = call.endpoint else { throw .missing("endpoint") }
    guard let parts = URLParts(endpoint), endpoint.utf8.count <= longestAddress, endpoint.isStorable,
      parts.scheme == "https" || origins.contains("\(parts.scheme)://\(parts.authority)")
    else { throw .invalid("endpoint") }
    guard let keys = call.keys else { throw .missing("keys") }
    guard let key = Base64URL.decode(keys.p256dh), key.count == 65, let auth = Base64URL.decode(keys.auth),
      auth.count == 16
    else { throw .invalid("keys") }
    return WebSubscription(endpoint: endpoint, p256dh: key, auth: auth)
  }
}
