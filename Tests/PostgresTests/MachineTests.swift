import Testing

@testable import Postgres

struct MachineTests {
  @Test func `a cancel request may stray until a second after its delivery`() {
    let now = ContinuousClock.now
    var cancellation = Cancellation()
    #expect(!cancellation.mayHaveStrayed(at: now))
    cancellation.begin()
    #expect(cancellation.isUnderway && cancellation.mayHaveStrayed(at: now))
    cancellation.delivered(at: now)
    #expect(!cancellation.isUnderway)
    #expect(cancellation.mayHaveStrayed(at: now + .milliseconds(999)))
    #expect(!cancellation.mayHaveStrayed(at: now + .seconds(1)))
  }

  @Test func `a queue keeps its order over many turns`() {
    var queue = FIFO<Int>()
    var taken: [Int] = []
    for number in 0..<2000 {
      queue.append(number)
      if number % 3 != 0, let first = queue.popFirst() { taken.append(first) }
    }
    queue.removeAll { $0 % 2 == 1 }
    while let first = queue.popFirst() { taken.append(first) }
    #expect(Array(taken.prefix(1333)) == Array(0..<1333))
    #expect(Array(taken.dropFirst(1333)) == (1333..<2000).filter { $0 % 2 == 0 })
  }

  @Test func `a prepared statement is known by its text and types`() {
    var statements = PreparedStatements()
    let first = statements.add("SELECT $1", types: [20])
    #expect(statements.name(of: "SELECT $1", types: [20]) == first)
    #expect(statements.name(of: "SELECT $1", types: [0]) == nil)
    #expect(statements.add("SELECT $1", types: [0]) != first)
    statements.forget("SELECT $1")
    #expect(statements.name(of: "SELECT $1", types: [20]) == nil)
    #expect(statements.add("SELECT $1", types: [20]) != first)
  }
}
