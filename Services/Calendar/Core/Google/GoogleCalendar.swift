import Almanac
import Loop
import Outgoing

/// Google's calendar API, as far as it is used: the primary calendar's list; `GoogleCalendar+Writing` changes events in it.
@LoopActor
struct GoogleCalendar {
  enum Trouble: Error, Equatable {
    /// The sync token is too old: start over.
    case expired
    /// The user has taken back what they had granted.
    case refused
    case failed(String)
  }

  /// More in one list would be no person's calendar.
  private static let mostPages = 100
  private static let largestPage = 8 << 20

  /// Brings a request to Google and the answer back; any error stands for no answer.
  typealias Carrier = @LoopActor (OutgoingRequest) async throws -> (status: Int, body: [UInt8])

  let base: String
  let send: Carrier

  /// Everything since the sync token, or everything there is; page by page.
  func list(since sync: String?, token: String, home: Zone) async throws -> (items: [GoogleItem], sync: String?) {
    var items: [GoogleItem] = []
    var page: String?
    for _ in 0..<GoogleCalendar.mostPages {
      var query = [("maxResults", "250")]
      if let sync { query.append(("syncToken", sync)) }
      if let page { query.append(("pageToken", page)) }
      let found = try await read(query, token: token, home: home)
      items += found.items
      guard let next = found.nextPage, next != page else { return (items, found.nextSync) }
      page = next
    }
    throw Trouble.failed("too many pages")
  }

  private func read(_ query: [(String, String)], token: String, home: Zone) async throws -> GooglePage {
    let text = query.map { "\($0)=\($1.percentEncoded)" }.joined(separator: "&")
    var request = OutgoingRequest("GET", "\(base)/calendars/primary/events?\(text)", headers: headers(token))
    request.maximumBytes = GoogleCalendar.largestPage
    let (status, body) = try await send(request)
    switch status {
    case 200: break
    case 410: throw Trouble.expired
    case 401, 403: throw Trouble.refused
    default: throw Trouble.failed("status \(status)")
    }
    guard let page = GooglePage(body, home: home) else { throw Trouble.failed("no list") }
    return page
  }

  func headers(_ token: String) -> [(name: String, value: String)] {
    [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")]
  }
}
