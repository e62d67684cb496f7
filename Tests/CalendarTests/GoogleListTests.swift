import Almanac
import Testing

@testable import CalendarCore

@Suite struct GoogleListTests {
  private func page(_ text: String) -> GooglePage? { GooglePage(Array(text.utf8), home: .utc) }

  private func entry(_ id: String) -> String { #"{"id":"\#(id)","status":"cancelled"}"# }

  @Test(arguments: [
    "", "null", "[]", "{}", #"{"items":7}"#, #"{"items":[7,"x",{}],"nextSyncToken":"s"}"#, "<html>",
    #"{"items":[{"id":"al"#,
  ])
  func `what is no list is none`(text: String) {
    #expect(page(text) == nil)
  }

  @Test(arguments: [
    #"{"items":[]}"#, #"{"items":[],"nextSyncToken":7}"#, #"{"items":[],"nextSyncToken":""}"#,
    #"{"items":[],"nextSyncToken":"a\u0000b"}"#, #"{"items":[],"nextPageToken":{}}"#,
  ])
  func `a list without an end is none`(text: String) throws {
    var listing = GoogleListing()
    #expect(throws: GoogleCalendar.Trouble.failed("no end")) { try listing.take(#require(page(text)), bytes: 0) }
  }

  @Test func `a broken entry holds up no other`() throws {
    var listing = GoogleListing()
    let text = #"{"items":[7,{"id":"a","start":"never"},\#(entry("b"))],"nextSyncToken":"s"}"#
    #expect(try listing.take(#require(page(text)), bytes: 0) == .end(sync: "s"))
    #expect(listing.items == [.deleted("b")])
  }

  @Test func `a series by a name that no database holds is none`() throws {
    let start = #""originalStartTime":{"dateTime":"2030-03-04T10:00:00Z"}"#
    let entries = [#""a\u0000b""#, #""c""#].map {
      #"{"id":"x","status":"cancelled","recurringEventId":\#($0),\#(start)}"#
    }
    let found = try #require(page(#"{"items":[\#(entries.joined(separator: ","))],"nextSyncToken":"s"}"#))
    #expect(found.items == [.deleted("x"), .skipped(series: "c", start: 1_898_848_800), .deleted("x")])
  }

  @Test func `a page that comes again ends the list`() throws {
    var listing = GoogleListing()
    let found = try #require(page(#"{"items":[],"nextPageToken":"p"}"#))
    #expect(try listing.take(found, bytes: 0) == .page("p"))
    #expect(throws: GoogleCalendar.Trouble.failed("a page that comes again")) { try listing.take(found, bytes: 0) }
  }

  @Test func `a list has bounds`() throws {
    var listing = GoogleListing()
    for number in 0..<GoogleListing.mostPages {
      let found = try #require(page(#"{"items":[],"nextPageToken":"p\#(number)"}"#))
      #expect(try listing.take(found, bytes: 1) == .page("p\(number)"))
    }
    let next = try #require(page(#"{"items":[],"nextPageToken":"more"}"#))
    #expect(throws: GoogleCalendar.Trouble.failed("too many pages")) { try listing.take(next, bytes: 1) }
    let last = try #require(page(#"{"items":[\#(entry("a"))],"nextSyncToken":"s"}"#))
    var long = GoogleListing()
    #expect(throws: GoogleCalendar.Trouble.failed("too long")) {
      try long.take(last, bytes: GoogleListing.mostBytes + 1)
    }
    var many = GooglePage.empty
    many.items = Array(repeating: .deleted("a"), count: GoogleListing.mostItems + 1)
    var crowded = GoogleListing()
    #expect(throws: GoogleCalendar.Trouble.failed("too long")) { try crowded.take(many, bytes: 0) }
  }

  // MARK: - Answers

  @Test(arguments: [
    (200, #"{"id":"a"}"#, 200), (200, #"{"id":"b"}"#, 502), (200, "<html>", 502), (201, "", 502), (204, "", 502),
    (404, "{}", 404), (404, "<html>", 502), (500, "oops", 502), (503, "{}", 503), (403, #"{"error":{}}"#, 403),
    (403, "no", 502), (403, #"{"error":{"errors":[{"domain":"usageLimits"}]}}"#, 503), (409, "{}", 409),
  ])
  func `only what Google would say is believed`(status: Int, body: String, credible: Int) {
    #expect(GoogleAnswer(status: status, body: Array(body.utf8)).credible(of: .insert, "a") == credible)
  }

  @Test func `what is gone is answered with nothing`() {
    #expect(GoogleAnswer(status: 204).credible(of: .delete, "a") == 204)
    #expect(GoogleAnswer(status: 200, body: Array("<html>".utf8)).credible(of: .delete, "a") == 502)
  }

  @Test(arguments: [
    ("30", Duration.seconds(30)), ("99999", .seconds(3600)), ("-5", .zero), ("Fri, 31 Dec 1999 23:59:59 GMT", nil),
    (nil, nil),
  ])
  func `a wait that is asked for has an end`(header: String?, rest: Duration?) {
    #expect(GoogleAnswer(status: 429, retryAfter: header).rest == rest)
  }

  @Test(arguments: [
    (410, false, GoogleCalendar.Trouble.expired), (400, true, .expired), (400, false, .failed("status 400")),
    (401, true, .refused), (429, true, .failed("status 429")),
  ])
  func `trouble with a list has a name`(status: Int, isContinued: Bool, trouble: GoogleCalendar.Trouble) {
    #expect(
      GoogleCalendar.Trouble(GoogleAnswer(status: status, body: Array("{}".utf8)), isContinued: isContinued) == trouble
    )
  }
}

extension GooglePage {
  fileprivate static var empty: GooglePage { GooglePage(Array(#"{"items":[]}"#.utf8), home: .utc)! }
}
