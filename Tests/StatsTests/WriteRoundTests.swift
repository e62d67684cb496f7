import Postgres
import Testing
import Time
import Wire

@testable import StatsCore

@Suite struct WriteRoundTests {
  private func write(_ session: UInt64, _ modules: Int, observed: Int? = nil) -> SessionWrite {
    SessionWrite(
      key: SessionKey(user: .zero, course: .zero, session: UUIDValue(high: 0, low: session)),
      numbers: Stats.Numbers(modules: modules, score: 1, time: 1),
      observedAt: observed,
      storedAt: Timestamp(microseconds: Int64(modules))
    )
  }

  /// Each round as its sessions' modules, and the requests each of them answers.
  private func plan(_ requests: [SessionWrite]) -> [[[Int]: Int]] {
    WriteRound.plan(requests).map { round in
      Dictionary(uniqueKeysWithValues: round.entries.map { ($0.requests, $0.write.numbers.modules) })
    }
  }

  @Test func `different sessions go together in the order of their keys`() {
    let rounds = WriteRound.plan([write(3, 1), write(1, 2), write(2, 3)])
    #expect(rounds.count == 1)
    #expect(rounds[0].entries.map(\.requests) == [[1], [2], [0]])
  }

  @Test func `of one session's writes the last stays and answers all`() {
    #expect(plan([write(1, 1), write(2, 2), write(1, 3), write(1, 4)]) == [[[0, 2, 3]: 4, [1]: 2]])
  }

  @Test func `of observed writes the latest observation stays`() {
    #expect(plan([write(1, 1, observed: 5), write(1, 2, observed: 9), write(1, 3, observed: 7)]) == [[[0, 1, 2]: 2]])
    #expect(plan([write(1, 1, observed: 5), write(1, 2, observed: 5)]) == [[[0, 1]: 2]])
  }

  @Test func `observed and other writes of one session follow one another`() {
    #expect(
      plan([write(1, 1, observed: 5), write(1, 2), write(1, 3), write(1, 4, observed: 1), write(2, 5)]) == [
        [[0]: 1, [4]: 5], [[1, 2]: 3], [[3]: 4],
      ]
    )
  }

  /// The table's rule, applied request by request, leaves the row that the rounds leave, whatever the row was.
  @Test(arguments: 0..<200)
  func `rounds leave what single writes leave`(seed: Int) {
    var random = Generator(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1)
    let requests = (1...8).map { place in
      write(random.next() % 2, place, observed: random.next() % 3 == 0 ? nil : Int(random.next() % 4))
    }
    for held in [nil, write(0, 100), write(0, 100, observed: 2)] as [SessionWrite?] {
      let one = requests.reduce(into: Table(held)) { $0.apply($1) }
      let rounds = WriteRound.plan(requests).flatMap(\.entries).map(\.write).reduce(into: Table(held)) { $0.apply($1) }
      #expect(one.rows.mapValues(\.numbers) == rounds.rows.mapValues(\.numbers))
      #expect(one.observed == rounds.observed)
    }
  }

  @Test func `moments rise even when the clock stands still or goes back`() {
    var moments = WriteMoments()
    let now = Timestamp(microseconds: 1000)
    let given = [now, now, Timestamp(microseconds: 5), Timestamp(microseconds: 2000)].map { moments.next($0) }
    #expect(given.map(\.microseconds) == [1000, 1001, 1002, 2000])
  }
}

/// What the upsert's `ON CONFLICT` clause says, in memory.
private struct Table {
  var rows: [SessionKey: SessionWrite] = [:]
  var observed: [SessionKey: Int] = [:]

  init(_ held: SessionWrite?) { if let held { apply(held) } }

  mutating func apply(_ write: SessionWrite) {
    if let held = observed[write.key], let own = write.observedAt, own < held { return }
    rows[write.key] = write
    if let own = write.observedAt { observed[write.key] = own }
  }
}

private struct Generator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
