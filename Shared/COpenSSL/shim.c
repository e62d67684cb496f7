#include "COpenSSL.h"

EVP_PKEY *carillon_generate_rsa(unsigned int bits) { return EVP_RSA_gen(bits); }

EVP_PKEY *carillon_generate_p256(void) { return EVP_EC_gen("P-256"); }

static int no_passphrase(char *buffer, int size, int writing, void *context) {
  (void)buffer, (void)size, (void)writing, (void)context;
  return -1;
}

EVP_PKEY *carillon_read_private_key(const void *pem, int length) {
  BIO *input = BIO_new_mem_buf(pem, length);
  if (input == NULL) return NULL;
  EVP_PKEY *key = PEM_read_bio_PrivateKey(input, NULL, no_passphrase, NULL);
  BIO_free(input);
  return key;
}

/// Takes the parameters gathered in `builder`, if all were, and frees nothing of the caller's.
static EVP_PKEY *public_key(const char *kind, OSSL_PARAM_BLD *builder) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
  if (parameters != NULL && context != NULL && EVP_PKEY_fromdata_init(context) == 1)
    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  return key;
}

EVP_PKEY *carillon_rsa_public_key(const unsigned char *modulus, int modulus_length, const unsigned char *exponent,
                                  int exponent_length) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  BIGNUM *n = BN_bin2bn(modulus, modulus_length, NULL);
  BIGNUM *e = BN_bin2bn(exponent, exponent_length, NULL);
  if (builder != NULL && n != NULL && e != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1)
    key = public_key("RSA", builder);
  OSSL_PARAM_BLD_free(builder);
  BN_free(n);
  BN_free(e);
  return key;
}

EVP_PKEY *carillon_p256_public_key(const unsigned char *point, int length) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  if (builder != NULL && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, (size_t)length) == 1)
    key = public_key("EC", builder);
  OSSL_PARAM_BLD_free(builder);
  return key;
}

int carillon_gcm_set_tag(EVP_CIPHER_CTX *context, const unsigned char *tag, int length) {
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length, (void *)tag);
}

int carillon_gcm_get_tag(EVP_CIPHER_CTX *context, unsigned char *tag, int length) {
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length, tag);
}

void carillon_free(void *memory) { OPENSSL_free(memory); }
