import Security
import Testing

@Suite struct RandomTests {
  @Test func `a token holds 256 bits and does not repeat`() {
    let tokens = (0..<1000).map { _ in Random.token() }
    #expect(Set(tokens).count == 1000)
    #expect(tokens.allSatisfy { Base64URL.decode($0)?.count == 32 })
  }

  @Test func `a UUID is of version 4 and in lower case`() throws {
    let shape = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
    for _ in 0..<100 { #expect(Random.uuid().wholeMatch(of: shape) != nil) }
  }

  @Test func `a text takes each letter equally often`() {
    // Three letters do not divide 256: a biased choice would favour the first by 1 in 86, far outside these bounds.
    let text = Random.text(length: 300_000, alphabet: "abc")
    let counts = text.utf8.reduce(into: [UInt8: Int]()) { $0[$1, default: 0] += 1 }
    #expect(counts.count == 3)
    #expect(counts.values.allSatisfy { (99_000...101_000).contains($0) })
  }

  @Test func `a code has the wanted length and no letters that look alike`() {
    let code = Random.code(length: 500)
    #expect(code.count == 500)
    #expect(!code.contains { "01OIL".contains($0) || $0.isLowercase })
    #expect(Random.text(length: 0, alphabet: "x").isEmpty)
  }
}
