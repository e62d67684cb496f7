import Almanac
import Loop
import Outgoing

/// Google's calendar API, as far as it is used: the primary calendar's list; `GoogleCalendar+Writing` changes events in it.
@LoopActor
struct GoogleCalendar {
  enum Trouble: Error, Equatable {
    /// The sync token is not taken, or not any more: start over.
    case expired
    /// The user has taken back what they had granted.
    case refused
    case failed(String)
  }

  /// Many times what 250 events need.
  private static let largestPage = 4 << 20
  /// So long may one request take, and so long a whole list.
  private static let requestLimit = Duration.seconds(10)
  private static let listLimit = Duration.seconds(30)

  /// Brings a request to Google and the answer back; any error stands for no answer.
  typealias Carrier = @LoopActor (OutgoingRequest) async throws -> GoogleAnswer

  let base: String
  let send: Carrier

  /// Everything since the sync token, or everything there is; page by page.
  func list(since sync: String?, token: String, home: Zone) async throws -> (items: [GoogleItem], sync: String) {
    let limit = ContinuousClock.now + GoogleCalendar.listLimit
    var listing = GoogleListing()
    var query = [("maxResults", "250")]
    if let sync { query.append(("syncToken", sync)) }
    var page: String?
    while true {
      let left = min(GoogleCalendar.requestLimit, limit - .now)
      guard left > .zero else { throw Trouble.failed("too slow") }
      let (found, bytes) = try await read(query + (page.map { [("pageToken", $0)] } ?? []), token, home, within: left)
      switch try listing.take(found, bytes: bytes) {
      case .page(let next): page = next
      case .end(let sync): return (listing.items, sync)
      }
    }
  }

  private func read(
    _ query: [(String, String)],
    _ token: String,
    _ home: Zone,
    within limit: Duration
  ) async throws -> (GooglePage, bytes: Int) {
    let text = query.map { "\($0)=\($1.percentEncoded)" }.joined(separator: "&")
    var request = OutgoingRequest("GET", "\(base)/calendars/primary/events?\(text)", headers: headers(token))
    request.deadline = limit
    request.maximumBytes = GoogleCalendar.largestPage
    let answer = try await send(request)
    guard answer.status == 200 else { throw Trouble(answer, isContinued: query.contains { $0.0 == "syncToken" }) }
    // Off the loop: the largest page takes a tenth of a second.
    let page = await EventLoop.shared.offload { GooglePage(answer.body, home: home) }
    guard let page else { throw Trouble.failed("no list") }
    return (page, answer.body.count)
  }

  func headers(_ token: String) -> [(name: String, value: String)] {
    [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")]
  }
}

extension GoogleCalendar.Trouble {
  /// What an answer that is no list means; `isContinued`: it was asked for by a sync token.
  init(_ answer: GoogleAnswer, isContinued: Bool) {
    switch answer.credible {
    case 410: self = .expired
    case 400 where isContinued: self = .expired
    case 401, 403: self = .refused
    default: self = .failed("status \(answer.status)")
    }
  }
}
