import Testing

@testable import Security

@Suite struct WebPushMessageTests {
  private let browserKey = Base64URL.decode(
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
  )!
  private let secret = Base64URL.decode("BTBZMqHH6r4Tts7J_aSIgg")!

  /// The sender's key of RFC 8291 section 5 in the form of RFC 5915, which OpenSSL reads.
  private func sender() throws -> SigningKey {
    let number = try #require(Base64URL.decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    let point = try #require(
      Base64URL.decode("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8")
    )
    let curve: [UInt8] = [0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
    let der = [0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20] + number + curve + [0xA1, 0x44, 0x03, 0x42, 0x00] + point
    let text = String(decoding: Base64.encode(der), as: UTF8.self)
    let pem = "-----BEGIN EC PRIVATE KEY-----\n\(text)\n-----END EC PRIVATE KEY-----\n"
    return try #require(SigningKey(pem: Array(pem.utf8)))
  }

  @Test func `the example of RFC 8291`() throws {
    let message = WebPushMessage(
      Array("When I grow up, I want to be a watermelon".utf8),
      browserKey: browserKey,
      secret: secret,
      own: try sender(),
      salt: try #require(Base64URL.decode("DGv6ra1nlYgDCS1FRnbzlw"))
    )
    #expect(
      message.map { Base64URL.encode($0.body) }
        == "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6P"
        + "Bru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
  }

  @Test func `what is no browser's key is refused`() {
    let offCurve = [4] + [UInt8](repeating: 1, count: 64)
    for key in [[], offCurve, Array(browserKey.dropLast())] {
      #expect(WebPushMessage([1], browserKey: key, secret: secret) == nil)
    }
    #expect(WebPushMessage([1], browserKey: browserKey, secret: [1]) == nil)
    let long = [UInt8](repeating: 0x61, count: WebPushMessage.maximumBytes)
    #expect(WebPushMessage(long, browserKey: browserKey, secret: secret)?.body.count == 4096)
    #expect(WebPushMessage(long + [1], browserKey: browserKey, secret: secret) == nil)
  }
}
