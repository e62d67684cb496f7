/// One mail of plain text to one person, with an event beside it where there is one.
public struct Mail: Sendable {
  /// What mail programs put into calendars, or take out (RFC 6047).
  public struct Calendar: Sendable {
    /// Letters only: `REQUEST`, `CANCEL`; it stands in a header.
    public var method: String
    /// iCalendar (RFC 5545).
    public var text: String

    public init(method: String, text: String) {
      self.method = String(method.filter { $0.isASCII && $0.isLetter })
      self.text = text
    }
  }

  public var from: MailAddress
  public var to: MailAddress
  /// Any text; control characters become blanks.
  public var subject: String
  public var text: String
  public var calendar: Calendar?
  /// In the form `unique@domain`, without brackets. The same for every try, so that the receiver can tell a repetition.
  public var messageID: String
  /// Seconds of Unix time.
  public var date: Int

  public init(from: MailAddress, to: MailAddress, subject: String, text: String, messageID: String, date: Int) {
    self.from = from
    self.to = to
    self.subject = subject
    self.text = text
    self.messageID = messageID
    self.date = date
  }
}

/// The server that takes our mail and carries it on.
public struct MailRelay: Sendable {
  public enum Encryption: Sendable {
    /// For a relay on this machine whose certificate nobody can check.
    case never
    case whenOffered
    case required
  }

  /// `smtp://host:port`, or `smtps://host:port` for TLS from the first byte.
  public var url: String
  public var user: String?
  public var password: String?
  /// With a password, `whenOffered` counts as `required`: it never crosses a network in clear.
  public var encryption: Encryption

  public init(url: String, user: String? = nil, password: String? = nil, encryption: Encryption = .whenOffered) {
    self.url = url
    self.user = user
    self.password = password
    self.encryption = encryption
  }
}
