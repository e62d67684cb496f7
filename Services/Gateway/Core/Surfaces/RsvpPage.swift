import HTTP
import Wire

/// The page behind a link in an invitation: what it is about, and two buttons. No script, nothing from elsewhere.
enum RsvpPage {
  static func response(_ rsvp: Calendar.Rsvp, status: Int = 200) -> HTTPResponse {
    var lines = ["<h1>\(escaped(rsvp.name))</h1>", "<p>\(escaped(rsvp.organizer)) asks whether you come.</p>"]
    if !rsvp.when.isEmpty { lines.append("<p><strong>\(escaped(rsvp.when))</strong></p>") }
    if let day = rsvp.until { lines.append("<p>The time is not chosen yet; answers count until \(escaped(day)).</p>") }
    if !rsvp.location.isEmpty { lines.append("<p>\(escaped(rsvp.location))</p>") }
    if !rsvp.description.isEmpty { lines.append("<p class=\"text\">\(escaped(rsvp.description))</p>") }
    switch rsvp.answer {
    case .accepted: lines.append("<p>You have said that you come.</p>")
    case .declined: lines.append("<p>You have said that you do not come.</p>")
    case nil: break
    }
    if rsvp.isOpen {
      lines += [
        "<form method=\"post\">", "<button name=\"answer\" value=\"yes\">I come</button>",
        "<button name=\"answer\" value=\"no\">I do not come</button>", "</form>",
      ]
    } else {
      lines.append("<p>It is over, or it was called off: answers count no more.</p>")
    }
    return page(status, title: rsvp.name, lines)
  }

  static func response(_ failure: Failure) -> HTTPResponse {
    let (status, text) =
      switch failure.word {
      case .notFound: (404, "There is no such invitation.")
      case .conflict: (409, "It is over, or it was called off: answers count no more.")
      case .invalid, .missing: (400, "That was no answer.")
      default: (503, "This does not work just now. Please come again in a minute.")
      }
    return page(status, title: "Invitation", ["<h1>Invitation</h1>", "<p>\(text)</p>"])
  }

  private static func page(_ status: Int, title: String, _ lines: [String]) -> HTTPResponse {
    let style =
      "body{font:1rem/1.5 sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}.text{white-space:pre-line}"
    let head = [
      "<!doctype html>", "<html lang=\"en\">", "<meta charset=\"utf-8\">",
      "<meta name=\"viewport\" content=\"width=device-width\">", "<title>\(escaped(title))</title>",
      "<style>\(style)</style>",
    ]
    return HTTPResponse(status: status, headers: headers, body: Array((head + lines).joined(separator: "\n").utf8))
  }

  /// The address is a secret of its owner: it is not kept by caches and goes to no other site.
  private static let headers = [
    ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer"),
    (
      "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    ("X-Content-Type-Options", "nosniff"), ("X-Robots-Tag", "noindex"),
  ]

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
