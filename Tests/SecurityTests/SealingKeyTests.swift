import Security
import Testing

@Suite struct SealingKeyTests {
  let key = SealingKey(Random.bytes(32))!
  let context = Array("user 17".utf8)

  @Test func `what was sealed opens again, whatever its length`() {
    for length in [0, 1, 15, 16, 17, 1000] {
      let plain = Random.bytes(length)
      let sealed = key.seal(plain, context: context)
      #expect(sealed.count == length + 29)
      #expect(key.open(sealed, context: context) == plain)
      #expect(key.seal(plain, context: context) != sealed)
    }
    #expect(key.open(key.seal([1], context: []), context: []) == [1])
  }

  @Test func `no other key, no other context and no changed byte opens it`() {
    let sealed = key.seal(Array("secret".utf8), context: context)
    #expect(SealingKey(Random.bytes(32))!.open(sealed, context: context) == nil)
    #expect(key.open(sealed, context: []) == nil)
    #expect(key.open(sealed, context: Array("user 18".utf8)) == nil)
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(key.open(changed, context: context) == nil)
    }
    for length in 0..<sealed.count { #expect(key.open(Array(sealed.prefix(length)), context: context) == nil) }
  }

  /// The GCM specification's test case 14 (a zero key and nonce over sixteen zero bytes), in this type's frame.
  @Test func `the published cipher text opens`() {
    let zero = SealingKey([UInt8](repeating: 0, count: 32))!
    let sealed = Hex.decode(
      "01" + "000000000000000000000000" + "cea7403d4d606b6e074ec5d3baf39d18" + "d0d1c8a799996bf0265b98b5d48ab919"
    )!
    #expect(zero.open(sealed, context: []) == [UInt8](repeating: 0, count: 16))
  }

  @Test func `a key file holds 64 digits and nothing else`() {
    let digits = String(repeating: "0f", count: 32)
    #expect(SealingKey(file: Array((digits + "\n").utf8)) != nil)
    for text in ["", "\n", "0f", digits + "00", digits + " " + digits, String(repeating: "x", count: 64)] {
      #expect(SealingKey(file: Array(text.utf8)) == nil)
    }
    #expect(SealingKey(file: [0xff, 0xfe]) == nil)
    #expect(SealingKey(Random.bytes(31)) == nil)
  }
}
