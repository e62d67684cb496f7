import Kit
import Loop
import Testing

@testable import Almanac
@testable import ICalendar

/// Every change of every zone from 2020 to 2040, and many recurrences, against Python's zoneinfo and python-dateutil,
/// which share no code with libical or with this module.
@Suite(.enabled(if: TestEnvironment.python != nil || TestEnvironment.mayNotSkip, "needs Tests/requirements.txt"))
struct OracleTests {
  @LoopActor private func oracle(_ topic: String...) async throws -> [[Substring]] {
    let python = try #require(TestEnvironment.python)
    let script = "\(TestEnvironment.root)/Tests/AlmanacTests/oracle.py"
    return try await Command([python, script] + topic).run().map { $0.split(separator: " ") }
  }

  private func number(_ text: Substring) throws -> Int { try #require(Int(text)) }

  @Test func `zones change when they do, and walls stand for the moments they should`() async throws {
    var zone = Zone.utc
    var (zones, facts) = (0, 0)
    for line in try await oracle("zones") {
      facts += 1
      switch line[0] {
      case "zone":
        zone = try #require(Zone(named: String(line[1])), "\(line[1])")
        zones += 1
        #expect(zone.offset(at: 1_577_836_800) == (try number(line[2])), "\(zone.name)")
      case "change":
        let moment = try number(line[1])
        #expect(zone.offset(at: moment) == (try number(line[2])), "\(zone.name) \(moment)")
        #expect(zone.changes.contains(moment), "\(zone.name) \(moment)")
      default:
        let wall = CivilTime(utc: try number(line[1]))
        #expect(zone.moment(of: wall) == (try number(line[2])), "\(zone.name) \(wall)")
      }
    }
    #expect(zones > 400)
    #expect(facts > 50_000)
  }

  @Test func `series fall on the moments they should`() async throws {
    let lines = try await oracle("recurrences", "2000")
    #expect(lines.count == 2000)
    for (place, line) in lines.enumerated() {
      let zone = try #require(Zone(named: String(line[1])))
      let first = CivilTime(utc: try number(line[3]))
      let expected = line[4] == "-" ? [] : try line[4].split(separator: ",").map(number)
      let range = Int.min..<2_240_611_200
      let starts = try Recurrence(String(line[2])).starts(from: first, in: zone, within: range, limit: 60)
      #expect(starts == expected, "\(zone.name) \(line[2]) from \(first)")
      if place % 10 == 0 { try expectTails(of: Recurrence(String(line[2])), from: first, in: zone) }
    }
  }

  /// What is skipped changes nothing of the rest. Not for each series: the whole of one takes a while.
  private func expectTails(of rule: Recurrence, from first: CivilTime, in zone: Zone) {
    let end = 2_240_611_200
    let all = rule.starts(from: first, in: zone, within: Int.min..<end, limit: .max)
    let later = (0..<4).map { _ in Int.random(in: zone.moment(of: first)..<end) }
    // Exactly at a time of the series, too, and one second after it.
    for moment in later + (all.randomElement().map { [$0, $0 + 1] } ?? []) {
      let tail = rule.starts(from: first, in: zone, within: moment..<max(moment, end), limit: .max)
      #expect(tail == all.filter { $0 >= moment }, "\(zone.name) \(rule.rule) from \(first), wanted from \(moment)")
    }
  }
}
