import Finder
import Testing

/// The vectors of jarvis.md 3.1b; minutes of one day.
@Suite struct VectorTests {
  private func day(_ hours: ClosedRange<Double>...) -> [Span] {
    hours.map { Span(Int($0.lowerBound * 60), Int($0.upperBound * 60)) }
  }

  private func member(_ slots: [Span], busy: [Span] = []) -> Member {
    Member(preferences: slots.map { Preference($0) }, busy: busy)
  }

  private func ask(_ members: [Member], length: Int = 60) -> [Window] {
    Question(length: length, horizon: Span(0, 24 * 60), members: members).windows()
  }

  private func times(_ windows: [Window]) -> [Span] { windows.map(\.span) }

  @Test func `V1: the hour that all prefer comes before the one that most do`() {
    let found = ask([member(day(6...12)), member(day(8...12)), member(day(10...12)), member(day(11...12))])
    #expect(times(found) == day(11...12, 10...11))
    #expect(found.map(\.weight) == [1, 0.8125])
    #expect(found.map(\.preferring) == [[0, 1, 2, 3], [0, 1, 2]])
    #expect(found.map(\.free) == [[0, 1, 2, 3], [0, 1, 2, 3]])
  }

  @Test func `V2: with everybody busy only unanimity is enough`() {
    let slots = [day(6...12), day(8...12), day(10...12), day(11...12)]
    let found = ask(slots.map { member($0, busy: day(0...24)) })
    #expect(times(found) == day(11...12))
    #expect(found.map(\.weight) == [0.75])
    #expect(found.map(\.free) == [[]])
  }

  @Test func `V3: who has not answered still blocks by the calendar`() {
    let found = ask([member(day(14...18)), member(day(15...17)), Member(busy: day(15...15.5))])
    #expect(times(found) == day(15.5...17))
    #expect(found.map(\.weight) == [0.75])
  }

  @Test func `V4: the longer of two equals comes first`() {
    let both = day(9...12, 14...16)
    let found = ask([member(both), member(both, busy: day(11...11.5)), member(day(10...12, 14...16))])
    #expect(times(found) == day(14...16, 10...11, 11...12, 9...10))
    #expect(found.map(\.weight) == [1, 1, 0.916667, 0.75])
  }

  @Test func `V5: a slot shorter than the meeting proposes nothing`() {
    #expect(ask([member(day(9...10)), member(day(9...10)), member(day(9...10))], length: 90).isEmpty)
  }

  @Test func `V6: windows of different people do not run together`() {
    let found = ask([member(day(9...12)), member(day(9...10)), member(day(10...11))])
    #expect(times(found) == day(9...10, 10...11))
    #expect(found.map(\.weight) == [0.75, 0.75])
    #expect(found.map(\.preferring) == [[0, 1], [0, 2]])
  }
}
