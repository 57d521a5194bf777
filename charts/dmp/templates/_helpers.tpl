{{- define "dmp.name" -}}
{{- printf "%s-dmp" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "dmp.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "dmp.labels" -}}
{{ include "dmp.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "dmp.image" -}}
{{- if .Values.image.digest -}}
{{ printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end -}}
{{- end -}}

{{/* Of every pod: the "restricted" profile of the Pod Security Standards. */}}
{{- define "dmp.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "dmp.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  privileged: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{/* A command of the owner: what it needs of a pod, but for its arguments. */}}
{{- define "dmp.ownerPod" -}}
metadata:
  labels:
    {{- include "dmp.labels" .root | nindent 4 }}
    app.kubernetes.io/component: owner
spec:
  restartPolicy: Never
  {{- include "dmp.podSecurity" .root | nindent 2 }}
  {{- if .keys }}
  serviceAccountName: {{ include "dmp.name" .root }}
  {{- end }}
  containers:
    - name: dmp
      image: {{ include "dmp.image" .root }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: {{ toJson .args }}
      {{- include "dmp.containerSecurity" .root | nindent 6 }}
      env:
        - { name: DATABASE_URL, value: "file:/run/secrets/owner/database_url" }
        {{- if .keys }}
        - { name: DMP_MASTER_KEY, value: "file:/run/secrets/server/master_key" }
        - { name: DMP_SEAL_KEY, value: "file:/run/secrets/server/seal_key" }
        {{- range $name, $value := .root.Values.settings }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
        {{- end }}
      resources:
        requests: { cpu: 100m, memory: 128Mi }
        limits: { memory: 512Mi }
      volumeMounts:
        - { name: owner, mountPath: /run/secrets/owner, readOnly: true }
        {{- if .keys }}
        - { name: server, mountPath: /run/secrets/server, readOnly: true }
        {{- range .root.Values.secrets.more }}
        - { name: {{ printf "more-%s" .name | quote }}, mountPath: {{ printf "/run/secrets/%s" .name | quote }}, readOnly: true }
        {{- end }}
        {{- end }}
        - { name: spool, mountPath: /spool }
  volumes:
    - name: owner
      secret: { secretName: {{ .root.Values.secrets.owner | quote }}, defaultMode: 0440 }
    {{- if .keys }}
    - name: server
      secret:
        secretName: {{ .root.Values.secrets.server | quote }}
        defaultMode: 0440
        items:
          - { key: master_key, path: master_key }
          - { key: seal_key, path: seal_key }
    {{- range .root.Values.secrets.more }}
    - name: {{ printf "more-%s" .name | quote }}
      secret: { secretName: {{ .name | quote }}, defaultMode: 0440 }
    {{- end }}
    {{- end }}
    - name: spool
      emptyDir: { sizeLimit: 64Mi }
{{- end -}}
