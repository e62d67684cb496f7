/// A list that is read page by page, with its bounds: more is no person's calendar, and nobody may fill our memory.
struct GoogleListing: Sendable {
  static let mostItems = 25_000
  static let mostPages = 400
  static let mostBytes = 32 << 20

  /// Where a list goes on.
  enum Next: Equatable, Sendable {
    case page(String)
    /// It is whole; changes after it are asked for by this token.
    case end(sync: String)
  }

  private(set) var items: [GoogleItem] = []
  private var pages: Set<String> = []
  private var bytes = 0

  /// A list without an end, or with one that cannot be asked to go on, is none: what is missing would count as deleted.
  mutating func take(_ page: GooglePage, bytes size: Int) throws(GoogleCalendar.Trouble) -> Next {
    items += page.items
    bytes += size
    guard items.count <= GoogleListing.mostItems, bytes <= GoogleListing.mostBytes else { throw .failed("too long") }
    guard let next = page.nextPage else {
      guard let sync = page.nextSync else { throw .failed("no end") }
      return .end(sync: sync)
    }
    guard pages.count < GoogleListing.mostPages else { throw .failed("too many pages") }
    guard pages.insert(next).inserted else { throw .failed("a page that comes again") }
    return .page(next)
  }
}
