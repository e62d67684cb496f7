import Glibc

/// A mail as it stands on the wire (RFC 5322): ASCII only, lines of at most 998 bytes that end in CR LF. No text of the mail can
/// become a header or a second mail: what is not plain is encoded (RFC 2045, RFC 2047). Dots are doubled by libcurl.
struct MailText {
  private(set) var bytes: [UInt8] = []

  init?(_ mail: Mail) {
    guard let id = MailAddress(mail.messageID), let date = MailText.date(mail.date) else { return nil }
    header("Date", date)
    header("From", MailText.mailbox(mail.from))
    header("To", MailText.mailbox(mail.to))
    header("Subject", MailWords.encode(mail.subject))
    header("Message-ID", "<\(id.address)>")
    header("MIME-Version", "1.0")
    // Keeps out-of-office answers from replying (RFC 3834).
    header("Auto-Submitted", "auto-generated")
    guard let calendar = mail.calendar else {
      part("text/plain; charset=utf-8", mail.text)
      return
    }
    header("Content-Type", "multipart/alternative; boundary=\"\(MailText.boundary)\"")
    bytes += [0x0d, 0x0a]
    separator()
    part("text/plain; charset=utf-8", mail.text)
    separator()
    part("text/calendar; charset=utf-8; method=\(calendar.method)", calendar.text)
    bytes += "\r\n--\(MailText.boundary)--\r\n".utf8
  }

  /// No line of quoted-printable has these two characters side by side.
  private static let boundary = "=_part"

  private mutating func separator() { bytes += "\r\n--\(MailText.boundary)\r\n".utf8 }

  private mutating func part(_ type: String, _ text: String) {
    header("Content-Type", type)
    header("Content-Transfer-Encoding", "quoted-printable")
    bytes += [0x0d, 0x0a]
    bytes += QuotedPrintable.encode(Array(text.utf8))
  }

  private mutating func header(_ name: String, _ value: String) {
    bytes += "\(name): \(value)\r\n".utf8
  }

  private static func mailbox(_ mailbox: MailAddress) -> String {
    guard let name = mailbox.name else { return mailbox.address }
    return "\(MailWords.encodePhrase(name)) <\(mailbox.address)>"
  }

  /// Such as `Sat, 21 Nov 2026 00:38:57 +0000`; nil for years that four digits cannot hold.
  static func date(_ seconds: Int) -> String? {
    var time = time_t(seconds)
    var parts = tm()
    guard gmtime_r(&time, &parts) != nil, (0...8099).contains(parts.tm_year) else { return nil }
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let day = "\(days[Int(parts.tm_wday)]), \(parts.tm_mday) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
    return "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) +0000"
  }

  private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
