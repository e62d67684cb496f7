import JSON
import Wire

/// What an act leads to: an answer, what everybody is shown, and what must be stored before.
struct Effect {
  var outcome = Live.Outcome.done
  /// Shown in any case.
  var notices: [Notice] = []
  /// What must be stored; without it all is as good as stored.
  var deed: Deed?
  /// Shown behind the notices, once the deed is stored.
  var sequel: [Notice] = []

  static func refused(_ refusal: Live.Refusal) -> Effect { Effect(outcome: .refused(refusal)) }
}

/// Something that counts.
struct Deed: Equatable {
  enum Kind: Equatable {
    /// With the click's number at its gateway.
    case click(comment: String?, style: String?, number: Int)
    case event(EventName)
  }

  let kind: Kind
  let user: String
  let seat: SeatID

  var tally: Tally {
    if case .click = kind { Tally(clicks: 1) } else { Tally(events: 1) }
  }
}

/// A connection among those of all gateways.
struct SeatID: Hashable, Sendable {
  let gateway: Int
  let connection: Int
}

/// A feed item whose content may depend on what stands in front of it.
enum Notice: Equatable {
  case item(Live.Item)
  case stats(Live.Item.Audience)
}

extension Notice {
  static func toast(_ text: String) -> Notice {
    .item(Live.Item(.message, .message(text, style: "medium highlight", type: "toast")))
  }

  static func status(_ count: Int, to audience: Live.Item.Audience = .everybody) -> Notice {
    .item(Live.Item(.status, .object { $0.member("user_count", count) }, to: audience))
  }
}

extension RawJSON {
  static func message(_ text: String, style: String?, type: String) -> RawJSON {
    .object { writer in
      writer.member("text", text)
      writer.name("style")
      if let style { writer.string(style) } else { writer.null() }
      writer.member("type", type)
    }
  }

  static func click(_ user: String, _ comment: String?, _ style: String?, at seconds: Int) -> RawJSON {
    .object { writer in
      writer.member("user", user)
      writer.name("comment")
      if let comment { writer.string(comment) } else { writer.null() }
      writer.name("style")
      if let style { writer.string(style) } else { writer.null() }
      writer.member("timestamp", seconds)
    }
  }

  static func event(_ user: String, _ name: String, at seconds: Int) -> RawJSON {
    .object { writer in
      writer.member("user", user)
      writer.member("name", name)
      writer.member("timestamp", seconds)
    }
  }
}
