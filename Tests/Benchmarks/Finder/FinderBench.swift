import Finder
import FinderOracle
import Glibc

/// How long a choice of times takes in process. One line per case: people, days, p50 and p99 in milliseconds, the mark.
///
/// With a number, that many random polls are compared with the oracle instead.
@main enum FinderBench {
  static func main() {
    if let cases = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) }) { return compare(cases) }
    measure(people: 10, days: 90, mark: 10)
    measure(people: 50, days: 90, mark: 10)
    measure(people: 500, days: 90, mark: 100)
    measure(people: 500, days: 365, mark: 100)
  }

  /// Everybody has four appointments a day and ten slots, all on quarters of an hour.
  private static func poll(people: Int, days: Int, seed: UInt64) -> Question {
    var generator = SeededGenerator(seed: seed)
    func span(_ length: ClosedRange<Int>) -> Span {
      let start = Int.random(in: 0..<(days * 96), using: &generator) * 15
      return Span(start, start + Int.random(in: length, using: &generator) * 15)
    }
    let members = (0..<people).map { _ in
      Member(
        preferences: (0..<10).map { _ in Preference(span(4...40)) } + [Preference(Span(days * 480, days * 480 + 600))],
        busy: (0..<(days * 4)).map { _ in span(1...6) }
      )
    }
    return Question(length: 60, horizon: Span(0, days * 1440), members: members)
  }

  private static func measure(people: Int, days: Int, mark: Double) {
    let polls = (0..<5).map { poll(people: people, days: days, seed: UInt64($0)) }
    var times: [Double] = []
    var found = 0
    for round in 0..<100 {
      let began = ContinuousClock.now
      found += polls[round % polls.count].windows().count
      times.append((ContinuousClock.now - began) / .milliseconds(1))
    }
    times.sort()
    let median = (times[50] * 100).rounded() / 100
    let late = (times[98] * 100).rounded() / 100
    print("\(people) people, \(days) days: p50 \(median) ms, p99 \(late) ms, mark \(mark) ms; \(found) windows")
  }

  private static func compare(_ cases: Int) {
    for seed in 0..<UInt64(cases) {
      let question = Question.random(seed: seed)
      guard question.windows() == Oracle.windows(question) else {
        print("seed \(seed) differs: \(question.windows()) and \(Oracle.windows(question)) of \(question)")
        exit(1)
      }
    }
    print("\(cases) random polls: every answer is the oracle's")
  }
}
