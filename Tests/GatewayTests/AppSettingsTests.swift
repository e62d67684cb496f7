import Settings
import Testing

@testable import GatewayCore

@Suite struct AppSettingsTests {
  @Test func `an account at Amazon needs all that goes with it`() {
    func problems(_ set: [String: String]) -> [String] {
      var reader = EnvironmentReader(
        Dictionary(uniqueKeysWithValues: set.map { ("CARILLON_PICTEVER_\($0.key)", $0.value) })
      )
      _ = AppSettings(&reader)
      return reader.problems.compactMap { $0.split(separator: ":").first.map { String($0.dropFirst(18)) } }
    }
    let others = [
      "AMAZON_APP_ID", "COGNITO_POOL_ID", "COGNITO_ROLE_UNAUTH", "COGNITO_ROLE_AUTH", "BUCKET_NAME", "CLOUDFRONT",
    ]
    #expect(problems([:]) == [] && problems(["CLOUDFRONT": "https://x/"]) == [])
    #expect(problems(["AWS_ACCOUNT_ID": "1"]) == others)
    let rest = Dictionary(uniqueKeysWithValues: others.map { ($0, "x") })
    #expect(problems(rest.merging(["AWS_ACCOUNT_ID": "1"]) { $1 }) == [])
    #expect(problems(rest.merging(["AWS_ACCOUNT_ID": "1", "BUCKET_NAME": ""]) { $1 }) == ["BUCKET_NAME"])
  }
}
