#!/bin/sh
# Runs distribution-store.sh on a private copy of this Debian machine's store: overlays in a mount namespace.
#
#   sh test/system/distribution-sandbox.sh debian
#   sh test/system/distribution-sandbox.sh fedora     Fedora's layout, filled by Debian's p11-kit
#   sh test/system/distribution-sandbox.sh alpine TOOL     with Alpine's update-ca-certificates, built from its source
set -eu
cd "$(dirname "$0")/../.."

if [ "${IN_SANDBOX:-}" = '' ]; then
  exec unshare -m env IN_SANDBOX=1 sh "$0" "$@"
fi

layers=$(mktemp -d)
mount -t tmpfs tmpfs "$layers"
for path in /etc /usr; do
  upper=$layers$path
  mkdir -p "$upper/changes" "$upper/work"
  mount -t overlay overlay -o "lowerdir=$path,upperdir=$upper/changes,workdir=$upper/work" "$path"
done
# Hooks of other packages notify Java and others.
rm -rf /etc/ca-certificates/update.d
mkdir -p /etc/ca-certificates/update.d
unset SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS NIX_SSL_CERT_FILE

make_fedora() {
  source=/etc/pki/ca-trust/source
  extracted=/etc/pki/ca-trust/extracted/pem
  mkdir -p $source/anchors $source/blocklist $extracted /usr/share/pki/ca-trust-source/anchors /etc/pki/tls/certs
  cp /etc/ssl/certs/ca-certificates.crt /usr/share/pki/ca-trust-source/anchors/
  rm -rf /etc/ca-certificates.conf /etc/ssl/certs
  ln -s ../pki/tls/certs /etc/ssl/certs
  ln -s $extracted/tls-ca-bundle.pem /etc/pki/tls/certs/ca-bundle.crt
  ln -s $extracted/tls-ca-bundle.pem /etc/pki/tls/cert.pem
  ln -sf $extracted/tls-ca-bundle.pem /usr/lib/ssl/cert.pem
  cat >/usr/share/p11-kit/modules/p11-kit-trust.module <<MODULE
module: p11-kit-trust.so
trust-policy: yes
x-init-reserved: paths=$source:/usr/share/pki/ca-trust-source
MODULE
  # Fedora's own tool does this for TLS clients.
  cat >/usr/bin/update-ca-trust <<TOOL
#!/bin/sh
exec trust extract --overwrite --comment --format=pem-bundle --filter=ca-anchors --purpose=server-auth $extracted/tls-ca-bundle.pem
TOOL
  chmod 755 /usr/bin/update-ca-trust
  update-ca-trust
}

make_alpine() {
  cp "$1" /usr/sbin/update-ca-certificates
  # Alpine's hook; run-parts is only looked for in one place.
  printf '#!/bin/sh\nexec openssl rehash /etc/ssl/certs\n' >/etc/ca-certificates/update.d/certhash
  chmod 755 /etc/ca-certificates/update.d/certhash
  mkdir -p /usr/local/share/ca-certificates
  find /etc/ssl/certs -type l -exec rm {} +
  update-ca-certificates
}

case ${1:-} in
  debian) ;;
  fedora) make_fedora ;;
  alpine) make_alpine "$2" ;;
  *)
    echo "usage: $0 debian|fedora|alpine TOOL" >&2
    exit 2
    ;;
esac
exec sh test/system/distribution-store.sh
