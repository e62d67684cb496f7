import Finder
import FinderOracle
import Testing

@Suite struct SearchTests {
  private let day = Span(0, 1440)

  private func member(_ slots: Span..., weights: [Double] = []) -> Member {
    Member(preferences: zip(slots, weights + slots.map { _ in 1 }).map { Preference($0, weight: $1) })
  }

  @Test func `random polls have the answers of the long way round`() {
    for seed in 0..<2000 {
      let question = Question.random(seed: UInt64(seed))
      #expect(question.windows() == Oracle.windows(question), "seed \(seed)")
    }
  }

  @Test func `the order of slots and of busy times does not matter`() {
    for seed in 0..<200 {
      let question = Question.random(seed: UInt64(seed))
      var mixed = question
      for place in mixed.members.indices {
        mixed.members[place].preferences.reverse()
        mixed.members[place].busy.reverse()
      }
      #expect(question.windows() == mixed.windows(), "seed \(seed)")
      #expect(question.windows() == question.windows())
    }
  }

  @Test func `a lesser slot counts by its share of the best`() {
    let question = Question(
      length: 60,
      horizon: day,
      members: [member(Span(600, 660), Span(720, 780), weights: [4, 3]), member(Span(600, 900))]
    )
    let found = question.windows()
    #expect(found.map(\.span) == [Span(600, 660), Span(720, 780)])
    #expect(found.map(\.weight) == [1, 0.90625])
  }

  @Test func `a creator without slots prefers whatever is free`() {
    let creator = Member(prefersFreeTime: true, busy: [Span(600, 630)])
    let found = Question(length: 60, horizon: day, members: [creator, member(Span(570, 720))]).windows()
    #expect(found.first?.span == Span(630, 720))
    #expect(found.first?.weight == 1)
  }

  @Test func `nothing is proposed without a required person, whatever the rest would like`() {
    var question = Question(length: 60, horizon: day, members: Array(repeating: member(Span(600, 720)), count: 9))
    question.members.append(Member(busy: [Span(600, 690)]))
    #expect(question.windows().first?.span == Span(600, 720))
    question.members[9].part = .required
    #expect(question.windows().isEmpty)
    question.members[9].busy = [Span(600, 660)]
    #expect(question.windows().first?.span == Span(660, 720))
  }

  @Test func `an optional person changes no weight and is named`() {
    var busy = Member(busy: [day])
    busy.part = .optional
    let found = Question(length: 60, horizon: day, members: [member(Span(600, 660)), busy]).windows()
    #expect(found.map(\.weight) == [1])
    #expect(found.map(\.free) == [[0]])
  }

  @Test func `a quorum wants that many people who can come`() {
    var question = Question(length: 60, horizon: day, members: Array(repeating: member(Span(600, 660)), count: 4))
    question.members.append(Member(busy: [Span(600, 630)]))
    question.quorum = 4
    #expect(question.windows().count == 1)
    question.quorum = 5
    #expect(question.windows().isEmpty)
    question.members[4].busy = []
    #expect(question.windows().map(\.span) == [Span(600, 660)])
  }

  @Test func `more windows than five when asked`() {
    var question = Question(length: 10, horizon: day, members: [])
    question.members = [member()]
    question.members[0].preferences = (0..<8).map { Preference(Span($0 * 60, $0 * 60 + 10)) }
    #expect(question.windows().count == 5)
    question.limit = 50
    #expect(question.windows().count == 8)
  }

  @Test(arguments: [(0, 10, 1), (10, 10, 1), (10, 0, 1), (11, 10, 1), (5, 10, 0)])
  func `a question without room has no answer`(length: Int, minutes: Int, members: Int) {
    let everyone = Array(repeating: Member(prefersFreeTime: true), count: members)
    let found = Question(length: length, horizon: Span(0, minutes), members: everyone).windows()
    #expect(found.count == (length == 10 && minutes == 10 ? 1 : 0))
  }
}
