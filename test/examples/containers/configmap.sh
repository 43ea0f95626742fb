kubectl create configmap corp-cas --from-file=corp-root.pem
