import JSON
import Postgres
import Security
import Wire

/// A session that stands for a token of an outside issuer: named after the token, since nothing is stored of it.
enum ForeignSession {
  static let prefix = "jwt-"

  static func name(hash: [UInt8]) -> SessionID { SessionID(prefix + Hex.encode(hash)) }

  /// The token's hash; nil for a session of our own.
  static func hash(_ session: SessionID) -> [UInt8]? {
    guard session.text.hasPrefix(prefix) else { return nil }
    return Hex.decode(String(session.text.dropFirst(prefix.count))).flatMap { $0.count == 32 ? $0 : nil }
  }
}

/// How the copies of auth tell one another which sessions ended: the bus event itself, as a notification's payload.
enum SessionNotice {
  static let channel = "auth_session_ended"
  /// A payload holds 8000 bytes; one session takes about 110.
  static let most = 50

  static func payloads(_ ended: EndedSessions) -> [String] {
    stride(from: 0, to: ended.ids.count, by: most).map { start in
      let part = start..<min(start + most, ended.ids.count)
      return payload(sessions: ended.ids[part].map(\.description), hashes: Array(ended.hashes[part]))
    }
  }

  static func payload(sessions: [String], hashes: [[UInt8]]) -> String {
    let event = Auth.SessionsEnded(sessions: sessions.map { SessionID($0) }, hashes: hashes.map(Hex.encode))
    return String(decoding: (try? event.json().bytes) ?? [], as: UTF8.self)
  }

  /// Nil for a payload that is none of ours.
  static func event(_ payload: String) -> Auth.SessionsEnded? {
    guard let json = try? RawJSON(validating: Array(payload.utf8)) else { return nil }
    return try? Auth.SessionsEnded(json: json)
  }
}
