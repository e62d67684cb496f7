import Testing

@testable import Postgres

struct BatchLineTests {
  private func next<Ticket>(_ line: inout BatchLine<Ticket>) throws -> BatchLine<Ticket>.Batch {
    let batch = line.next()
    return try #require(batch)
  }

  @Test func `items gather while a batch is under way`() throws {
    var line = BatchLine<String>(limit: 10, concurrency: 1)
    line.join("a", key: nil)
    let first = try next(&line)
    #expect(first.tickets == ["a"])
    line.join("b", key: nil)
    line.join("c", key: nil)
    #expect(line.next()?.tickets == nil)
    line.finished(first)
    #expect(line.next()?.tickets == ["b", "c"])
    #expect(line.count == 0)
  }

  @Test func `a batch takes no more than its limit, oldest first`() {
    var line = BatchLine<Int>(limit: 3, concurrency: 2)
    for number in 0..<7 { line.join(number, key: nil) }
    #expect(line.next()?.tickets == [0, 1, 2])
    #expect(line.next()?.tickets == [3, 4, 5])
    #expect(line.next()?.tickets == nil)
    #expect(line.count == 1)
  }

  @Test func `items of one key never share a batch and keep their order`() throws {
    var line = BatchLine<String>(limit: 10, concurrency: 1)
    for (ticket, key) in [("a1", 1), ("a2", 1), ("b1", 2), ("a3", 1)] { line.join(ticket, key: key) }
    for expected in [["a1", "b1"], ["a2"], ["a3"]] {
      let batch = try next(&line)
      #expect(batch.tickets == expected)
      line.finished(batch)
    }
  }

  @Test func `items of one key that may go together share a batch, but not two`() throws {
    var line = BatchLine<String>(limit: 3, concurrency: 2, together: true)
    for (ticket, key) in [("a1", 1), ("b1", 2), ("a2", 1), ("a3", 1), ("c1", 3), ("a4", 1)] {
      line.join(ticket, key: key)
    }
    let first = try next(&line)
    #expect(first.tickets == ["a1", "b1", "a2"])
    let second = try next(&line)
    #expect(second.tickets == ["c1"])
    line.finished(first)
    #expect(line.next()?.tickets == ["a3", "a4"])
  }

  @Test func `a key under way elsewhere holds its items back`() throws {
    var line = BatchLine<String>(limit: 1, concurrency: 3)
    line.join("a1", key: 1)
    line.join("a2", key: 1)
    line.join("b1", key: 2)
    let first = try next(&line)
    #expect(first.tickets == ["a1"])
    #expect(line.next()?.tickets == ["b1"])
    #expect(line.next()?.tickets == nil)
    line.finished(first)
    #expect(line.next()?.tickets == ["a2"])
  }
}
