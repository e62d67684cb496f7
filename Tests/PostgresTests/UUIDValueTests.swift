import Postgres
import Testing

@Suite struct UUIDValueTests {
  @Test func `a random one says so and is like no other`() {
    let values = (0..<1000).map { _ in UUIDValue.random() }
    #expect(Set(values).count == 1000)
    for value in values {
      let text = Array(value.description)
      #expect(text[14] == "4" && "89ab".contains(text[19]))
    }
    // All other bits are once set and once not.
    let seen = values.reduce((high: UInt64(0), low: UInt64(0))) { ($0.high | $1.high, $0.low | $1.low) }
    let kept = values.reduce((high: UInt64.max, low: UInt64.max)) { ($0.high & $1.high, $0.low & $1.low) }
    #expect(seen.high == ~0xB000 && seen.low == ~(1 << 62))
    #expect(kept.high == 0x4000 && kept.low == 1 << 63)
  }
}
