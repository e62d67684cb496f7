import Security
import Testing

@Suite struct CodingTests {
  @Test(arguments: [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE")])
  func `base64url gives the published texts without padding`(plain: String, text: String) {
    #expect(Base64URL.encode(Array(plain.utf8)) == text)
    #expect(Base64URL.decode(text) == Array(plain.utf8))
  }

  @Test func `base64url uses the alphabet of URLs`() {
    #expect(Base64URL.encode([0xfb, 0xff, 0xbf]) == "-_-_")
    #expect(Base64URL.decode("-_-_") == [0xfb, 0xff, 0xbf])
  }

  @Test(arguments: ["Zg==", "Z", "Zm9vY", "Zm 9", "Zm9v\n", "+/+/", "Zh", "Zm9", "\u{e9}\u{e9}"])
  func `base64url refuses all other texts`(text: String) {
    #expect(Base64URL.decode(text) == nil)
  }

  @Test func `every length survives base64url and hex`() {
    for length in 0...67 {
      let bytes = Random.bytes(length)
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
      #expect(Hex.decode(Hex.encode(bytes)) == bytes)
    }
  }

  @Test func `hex reads both cases and refuses the rest`() {
    #expect(Hex.decode("00fFaB") == [0, 255, 171])
    #expect(Hex.decode("0") == nil)
    #expect(Hex.decode("0g") == nil)
  }
}
