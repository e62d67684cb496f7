import Settings

/// What an operator can set for this service alone.
public struct CalendarConfiguration: Sendable {
  /// Nil: calendars are not linked.
  var googleURL: String?
  /// Nil: nobody without an account is written to.
  var invitations: Invitations?

  init(_ reader: inout EnvironmentReader) {
    googleURL = reader.url(
      "CARILLON_GOOGLE_API_URL",
      schemes: ["https", "http"],
      "Google's calendar API, such as https://www.googleapis.com/calendar/v3; unset: no calendar is linked"
    )
    invitations = Invitations(&reader)
  }
}

extension Invitations {
  /// Nil unless links can be made, and proven to be ours.
  fileprivate init?(_ reader: inout EnvironmentReader) {
    let name = "CARILLON_PUBLIC_URL"
    let url = reader.url(
      name,
      schemes: ["https", "http"],
      "where people reach the gateway, for links in mails; unset: who has no account is not written to"
    )
    let file = "CARILLON_RSVP_KEY_FILE"
    let key = reader.secret(file, "file (mode 0600) with at least 32 bytes that prove those links")?.bytes
    if url != nil, key == nil { reader.problem(file, "is needed beside \(name)") }
    if let key, key.count < 32 { reader.problem(file, "has less than 32 bytes") }
    guard let url, let key, key.count >= 32 else { return nil }
    self.init(address: url, key: key)
  }
}
