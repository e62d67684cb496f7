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

int carillon_public_key_selection(void) { return EVP_PKEY_PUBLIC_KEY; }

int carillon_gcm_set_tag(EVP_CIPHER_CTX *context, const unsigned char *tag, int length) {
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length, (void *)tag);
}

int carillon_gcm_get_tag(EVP_CIPHER_CTX *context, unsigned char *tag, int length) {
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length, tag);
}
