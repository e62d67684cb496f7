import Almanac
import JSON
import Testing

@testable import CalendarCore

@Suite struct ClientTimeTests {
  private let zone: Zone

  init() throws { zone = try #require(Zone(named: "America/Los_Angeles")) }

  private func moment(_ json: String) throws -> Int? {
    ClientTime.moment(try JSONValue(parsing: Array(json.utf8)), in: zone)
  }

  @Test(arguments: [
    #""2030-03-05 10:00""#, #""2030-3-5 10:0""#, #""2030-03-05T10:00:00""#, #"" 2030-03-05 10:00 ""#, "1898964000",
    #""1898964000""#, "1898964000.9", #""2030-03-05T10:00:00-08:00""#, #""2030-03-05T18:00Z""#,
    #""2030-03-05T18:00:00.5Z""#, #""03-05, 2030 10:00""#,
    #""2030-03-05T10:00:00-0800""#, #""2030-03-05 10:00:00-08:00""#, #""2030-03-05T10:00:00-08""#,
    #""2030-03-05 10:00-08""#, #""2030-03-05 10:00-0800""#, #""2030-03-05T19:00:00.25+01""#, #""2030-03-05 18:00Z""#,
    #""2030-03-05T23:30+0530""#,
  ])
  func `one moment has many forms`(json: String) throws { #expect(try moment(json) == 1_898_964_000) }

  @Test func `the app's noon is noon, and its afternoons are mornings`() throws {
    #expect(try moment(#""03-05, 2030 12:30""#) == 1_898_964_000 + 9000)
    #expect(try moment(#""03-05, 2030 03:00""#) == 1_898_964_000 - 7 * 3600)
  }

  @Test(arguments: [
    "null", "true", "[]", "{}", "-1", "1e300", #""""#, #""now""#, #""2030-02-30 10:00""#, #""2030-03-05 24:00""#,
    #""2030-03-05 10:60""#, #""2030-03-05""#, #""13-05, 2030 10:00""#, #""99999999999999999999""#, #""+5""#,
    #""2030-03-05T10:00:00+99:00""#, #""1e9""#, #""2030-03-05 10:00\u0000""#, #""９ 10:00""#, #""9999-01-01 10:00""#,
    #""2030-03-05T10:00:00-8""#, #""2030-03-05T10:00:00+080""#, #""2030-03-05 10:00+08:0""#, #""2030-03-05T10:00Z00""#,
    #""2030-03-05T10-0800""#, #""2030-03-05  10:00-0800""#, #""2030-02-30 10:00-0800""#, #""２０３０-03-05 10:00Z""#,
  ])
  func `anything else is no time`(json: String) throws { #expect(try moment(json) == nil) }

  @Test func `lengths are hours and minutes`() {
    #expect(ClientTime.length("2:0") == 120)
    #expect(ClientTime.length("02:30") == 150)
    for text in ["", "2", "2:", ":30", "1:60", "-1:00", "100:00", "1:2:3"] { #expect(ClientTime.length(text) == nil) }
  }

  @Test func `dates may be unpadded and must exist`() {
    #expect(ClientTime.date("2019-11-5")?.description == "2019-11-05")
    for text in ["2019-11", "19-11-05", "2019-13-01", "2019-02-29", "2019-11-05 ", "0001-01-01"] {
      #expect(ClientTime.date(text) == nil, "\(text)")
    }
  }
}
