import HTTP
import JSON
import Wire

/// The products the gateway speaks for, each with its own words for the same failures.
enum Surface: Sendable, CaseIterable {
  case stats, chat, pictever, jarvis, live, suite

  var dialect: Dialect {
    switch self {
    case .stats: .stats
    case .chat, .suite: .chat
    case .pictever: .pictever
    case .jarvis: .jarvis
    case .live: .live
    }
  }

  /// stats.md 2 and livecounter.md 2 name a charset, which JSON needs none of; jarvis.md 2.1, chat.md 2 and pictever.md 2.1
  /// name none.
  var jsonType: String { self == .stats || self == .live ? "application/json; charset=utf-8" : HTTPResponse.jsonType }

  /// Whether its clients are told in the chat's words, which begin with a capital.
  var hasChatWords: Bool { self == .chat || self == .suite }

  /// Whose words an unknown path is refused in: the surface its first segment belongs to, chat's where none does. Who got
  /// the case of its letters wrong means that surface too.
  static func of(path: String) -> Surface {
    switch path.split(separator: "/").first?.lowercased() {
    case "courses", "users": .stats
    case "user", "events", "feeds", "rsvp": .jarvis
    case "api": .live
    default: .chat
    }
  }
}

extension Dialect {
  /// stats.md 2: `{"message": "<text>"}`.
  static let stats = Dialect(
    refusal: { failure in
      switch (failure.word, failure.reason, failure.field) {
      case (.forbidden, "user_mismatch", _): Refusal(status: 403, text: "user mismatch")
      case (.notFound, "no_stats", _): Refusal(status: 404, text: "no stats found")
      case (.conflict, "too_many_sessions", _): Refusal(status: 409, text: "too many sessions")
      case (.invalid, "too_large", _): Refusal(status: 413, text: "payload too large")
      case (.invalid, "media_type", _): Refusal(status: 415, text: "unsupported media type")
      case (.invalid, _, "body"): Refusal(status: 400, text: "invalid JSON body")
      default: nil
      }
    },
    body: { refusal, _ in .object { $0.member("message", refusal.text) } }
  )

  /// chat.md 2: `{"ok":false,"error":{"code":<status>,"message":"<text>"}}`.
  static let chat = Dialect(
    refusal: { failure in
      switch (failure.word, failure.reason) {
      case (.missing, _): Refusal(status: 400, text: "Missing param: \(failure.field ?? "")")
      case (.invalid, "too_large"): Refusal(status: 413, text: "Payload too large")
      case (.invalid, "media_type"): Refusal(status: 415, text: "Unsupported media type")
      case (.invalid, Auth.Reason.notAnObject.rawValue): Refusal(status: 400, text: "Invalid data.")
      case (.invalid, _) where failure.field == "body": Refusal(status: 400, text: "Invalid data")
      case (.invalid, _): Refusal(status: 400, text: "Invalid param: \(failure.field ?? "")")
      case (.unauthenticated, Auth.Reason.wrongCredentials.rawValue):
        Refusal(status: 401, text: "Login or password is invalid")
      case (.unauthenticated, _): Refusal(status: 401, text: "Unknown user")
      case (.forbidden, "user_mismatch"): Refusal(status: 403, text: "User mismatch")
      case (.forbidden, Chat.Reason.notAuthor.rawValue): Refusal(status: 403, text: "Not the author")
      case (.forbidden, Chat.Reason.notOwner.rawValue): Refusal(status: 403, text: "Not the owner")
      case (.forbidden, _): Refusal(status: 403, text: "Not a member")
      case (.notFound, "unknown_room"): Refusal(status: 404, text: "Unknown room")
      case (.notFound, Chat.Reason.unknownMessage.rawValue): Refusal(status: 404, text: "Unknown message")
      case (.notFound, Chat.Reason.unknownMember.rawValue): Refusal(status: 404, text: "Unknown member")
      case (.notFound, _): Refusal(status: 404, text: "Not found")
      case (.conflict, Auth.Reason.loginTaken.rawValue): Refusal(status: 409, text: "User already exists")
      case (.conflict, _): Refusal(status: 409, text: "Conflict")
      case (.rateLimited, "messages"): Refusal(status: 429, text: "Too many messages")
      case (.rateLimited, _): Refusal(status: 429, text: "Too many attempts")
      case (.unavailable, _): Refusal(status: 503, text: "Service unavailable")
      case (.unknownCall, _), (.internal, _): Refusal(status: 500, text: "Internal error")
      }
    },
    body: { refusal, _ in
      .object { writer in
        writer.member("ok", false)
        writer.name("error")
        writer.beginObject()
        writer.member("code", refusal.status)
        writer.member("message", refusal.text)
        writer.endObject()
      }
    }
  )

  /// pictever.md 2.1: `{"error":"<code>","message":"…"}`. Both apps drop their server address on 404 and 500, so a known
  /// route never answers these: a conflict and an unknown thing are 406, our own faults 503.
  static let pictever = Dialect(
    refusal: { failure in
      switch failure.word {
      case .missing: Refusal(status: 400, text: "\(failure.field ?? "field") is required")
      case .invalid where failure.reason == "too_large": Refusal(status: 413, text: "too large")
      case .invalid: Refusal(status: 400, text: "\(failure.field ?? "request") is not valid")
      case .unauthenticated: Refusal(status: 401, text: "wrong credentials")
      case .conflict, .notFound: Refusal(status: 406, text: picteverText(failure.reason))
      case .unknownCall, .internal, .unavailable: Refusal(status: 503, text: "service unavailable")
      case .forbidden, .rateLimited: nil
      }
    },
    body: { refusal, failure in
      .object { writer in
        writer.member("error", failure.map(picteverCode) ?? "refused")
        writer.member("message", refusal.text)
      }
    }
  )

  /// For programs: the reason where there is one. Which of the limits it was is the operator's business.
  private static func picteverCode(_ failure: Failure) -> String {
    failure.word == .rateLimited ? failure.word.rawValue : failure.reason ?? failure.word.rawValue
  }

  /// For people: both apps may show a 406.
  private static func picteverText(_ reason: String?) -> String {
    switch reason.flatMap({ Auth.Reason(rawValue: $0) }) {
    case .emailTaken: "this e-mail has an account already"
    case .phoneTaken: "this number belongs to another account"
    case .wrongCode: "the code is wrong or has expired"
    case .unknownEmail: "no account has this e-mail"
    default: reason == "not_received" ? "no such message has arrived" : "not acceptable"
    }
  }

  /// jarvis.md 2.1: `{"status":"error","error":"<text>"}`.
  static let jarvis = Dialect(
    refusal: { failure in
      switch (failure.word, failure.reason) {
      case (.invalid, "too_large"): Refusal(status: 413, text: "request too large")
      case (.invalid, "media_type"): Refusal(status: 415, text: "unsupported media type")
      case (.conflict, Auth.Reason.handleTaken.rawValue): Refusal(status: 409, text: "username taken")
      case (_, let reason?): Calendar.Reason(rawValue: reason).map { Refusal(status: $0.status, text: $0.text) }
      default: nil
      }
    },
    body: { refusal, _ in
      .object { writer in
        writer.member("status", "error")
        writer.member("error", refusal.text)
      }
    }
  )

  /// livecounter.md 2: `{"error":"<text>"}`.
  static let live = Dialect(
    refusal: { failure in
      switch (failure.word, failure.reason) {
      case (.invalid, "too_large"): Refusal(status: 413, text: "request too large")
      case (.invalid, "media_type"): Refusal(status: 415, text: "unsupported media type")
      case (.conflict, Live.Refusal.nameTaken.rawValue): Refusal(status: 409, text: Live.Refusal.nameTaken.rawValue)
      case (.internal, _), (.unknownCall, _): Refusal(status: 500, text: "internal error")
      default: nil
      }
    },
    body: { refusal, _ in .object { $0.member("error", refusal.text) } }
  )
}
