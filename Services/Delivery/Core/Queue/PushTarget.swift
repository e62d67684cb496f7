import Wire

/// One way to a person: what a push is addressed to.
enum PushTarget: Equatable, Sendable {
  case telephone(Delivery.Device.OS, token: String)
  case browser(WebSubscription)
  case mail(String)
  /// The operator's own receiver.
  case webhook

  var provider: ProviderName {
    switch self {
    case .telephone(.android, _): .fcm
    case .telephone(.ios, _): .apns
    case .browser: .web
    case .mail: .mail
    case .webhook: .webhook
    }
  }

  /// A device's name at its push service; nil for what is no device.
  var address: String? {
    switch self {
    case .telephone(_, let token): token
    case .browser(let web): web.endpoint
    case .mail, .webhook: nil
    }
  }

  var channel: Delivery.Channel {
    switch self {
    case .telephone: .push
    case .browser: .web
    case .mail: .mail
    case .webhook: .webhook
    }
  }
}

struct WebSubscription: Sendable, Equatable {
  let endpoint: String
  let p256dh: [UInt8]
  let auth: [UInt8]
}

/// Where a person can be reached now.
struct Addresses: Sendable {
  /// Telephones and browsers, but none that this job has reached before.
  var devices: [PushTarget] = []
  var email: String?
}

/// What became of a push to one target.
struct PushResult: Equatable, Sendable {
  let target: PushTarget
  let outcome: PushOutcome
}
